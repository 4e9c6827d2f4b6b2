"""Looks at every rule again and again, and sends what is to be said: two threads beside the requests."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable

from journalhub.alerts import limits, messages
from journalhub.alerts.book import Book
from journalhub.alerts.courier import Courier, MailSettings
from journalhub.alerts.judging import judge, look_at_gaps
from journalhub.alerts.looking import Eyes, Node
from journalhub.alerts.novelty import Novelty
from journalhub.alerts.rule import QUERIES, Rule
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import Store, StoreError

log = logging.getLogger("journalhub.alerts")

COURIER_SECONDS = 1.0
"""Between two looks of the courier at what waits."""


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


class Keeper:
    """The rules of one hub, from start to close."""

    def __init__(
        self,
        book: Book,
        store: Store,
        nodes: Callable[[], list[Node]],
        mail: MailSettings,
        clock: Callable[[], int] = now,
    ) -> None:
        """`clock` gives microseconds since the epoch."""
        if book.damaged:
            log.error("the rules of alerts were damaged and are gone: %s", book.damaged)
        self.book = book
        self.courier = Courier(book, mail, time.monotonic, clock)
        self.trouble: dict[str, str] = {}
        """By rule: why it could not be looked at the last time."""
        self.given_up = 0
        """Notifications that no receiver took, since the start."""
        self._clock = clock
        self._nodes = nodes
        self._seen: list[Node] = []
        self._eyes = Eyes(store, lambda: self._seen, clock())
        self._novelty = Novelty(store)
        self._repeated = float("-inf")
        self._ended = threading.Event()
        self._wanted = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep_looking, name="alerts"),
            threading.Thread(target=self._keep_sending, name="courier"),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End, after what is being sent is sent; what waits is sent after the next start."""
        self._ended.set()
        self._wanted.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self.book.close()

    def look_soon(self) -> None:
        """A rule was changed: do not wait for the next turn."""
        self._wanted.set()

    def numbers(self) -> dict[str, float]:
        """For /metrics."""
        rules = self.book.rules()
        return {
            "alert_rules": len(rules),
            "alert_rules_failing": len(self.trouble),
            "alerts_firing": sum(len(self.book.firing(rule.name)) for rule in rules),
            "alert_notifications_waiting": len(self.book.waiting()),
            "alert_notifications_sent_total": self.courier.sent,
            "alert_notifications_failed_total": self.courier.failed,
            "alert_notifications_given_up_total": self.given_up,
        }

    def look(self) -> None:
        """Look at every rule once. Raises sqlite3.Error."""
        rules = self.book.rules()
        self.courier.history.keep({rule.name for rule in rules})
        rules = [rule for rule in rules if rule.enabled]
        self._seen = self._nodes() if any(rule.kind not in QUERIES for rule in rules) else []
        for rule in rules:
            if self._ended.is_set():
                return
            self._look_at(rule)
        self.trouble = {name: why for name, why in self.trouble.items() if name in {rule.name for rule in rules}}
        if time.monotonic() - self._repeated >= limits.REPEAT_SECONDS:
            self._repeated = time.monotonic()
            self._repeat(rules)

    def _look_at(self, rule: Rule) -> None:
        moment = self._clock()
        marks, firing = self.book.marks(rule.name), self.book.firing(rule.name)
        try:
            if rule.kind == "matches":
                look = self._eyes.matches(rule, moment)
            elif rule.kind == "new":
                look = self._novelty.look(rule, firing, moment)
            elif rule.kind == "silent":
                look = self._eyes.silent(rule, moment)
            else:
                look = look_at_gaps(rule, marks, self._eyes.missing(rule), moment)
        except (Refusal, StoreError) as error:
            self._say_trouble(rule.name, str(error))
            return
        verdict = judge(firing, look, moment)
        changed = verdict.begun or verdict.ended
        notices = [messages.notice(rule, moment, verdict.begun, verdict.ended)] if changed else []
        if self.book.enter(rule, verdict.firing, marks, notices):
            if look.unknown is None:
                self.trouble.pop(rule.name, None)
            else:
                self._say_trouble(rule.name, look.unknown)

    def _say_trouble(self, rule: str, why: str) -> None:
        if rule not in self.trouble:
            log.warning("cannot look at the alert rule %s: %s", rule, why)
        self.trouble = {**self.trouble, rule: why}

    def _repeat(self, rules: list[Rule]) -> None:
        for rule in rules:
            targets = [target for target in rule.notify if target.startswith("alertmanager:")]
            if targets and (firing := tuple(self.book.firing(rule.name).values())):
                for target in targets:
                    self.book.repeat(target, messages.notice(rule, self._clock(), firing, ()))

    def _keep_looking(self) -> None:
        while not self._ended.is_set():
            self._safely(self.look)
            self._wanted.wait(limits.EVALUATE_SECONDS)
            self._wanted.clear()

    def _keep_sending(self) -> None:
        while not self._ended.wait(COURIER_SECONDS):
            self._safely(self.send)

    def send(self) -> None:
        """Try to deliver what waits. Raises sqlite3.Error."""
        given_up = self.book.give_up(self._clock())
        if given_up:
            self.given_up += given_up
            log.error("gave up %d notifications that no receiver took", given_up)
        self.courier.deliver()

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (sqlite3.Error, OSError) as error:
            log.error("alerts: %s", error)
        except Exception:
            log.exception("unexpected error in alerts")
