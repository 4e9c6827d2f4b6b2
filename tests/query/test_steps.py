"""Queries that tell how far they have come: the same answers, and the way to them."""

import json
import random
import threading
from typing import Any

import pytest
from tests.query.events import until
from tests.query.fleet import fill, make_entries
from tests.query.oracle import random_selection
from tests.query.serving import Client, Pair, with_server

from journalhub.query.api import stepwise
from journalhub.store.ast import All
from journalhub.store.contract import Budget, Count, Scope, Store
from journalhub.store.limited import LimitedStore

ENTRIES = make_entries(960)
DAYS = len({entry.realtime // 86_400_000_000 for entry in ENTRIES})
PROGRESS = {"Journalhub-Progress": "1"}

QUESTIONS: tuple[tuple[str, tuple[Pair, ...]], ...] = (
    ("entries", (("limit", 50),)),
    ("entries", (("limit", 1000), ("order", "oldest"))),
    ("count", ()),
    ("histogram", (("buckets", 60), ("by", "PRIORITY"))),
    ("histogram", (("interval", 3_600_000_000),)),
    ("histogram", (("buckets", 7), ("by", "_HOSTNAME"), ("top", 1))),
    ("facets", (("limit", 3),)),
    ("facets", (("field", "_PID"), ("field", "PRIORITY"))),
)


async def told(client: Client, path: str, *parameters: Pair) -> list[dict[str, Any]]:
    """All lines of an answer that was asked to tell how far it has come; one where it is quick."""
    async with client.session.get(client.url(path, parameters), headers=PROGRESS) as response:
        assert response.status == 200
        return [json.loads(line) for line in (await response.text()).splitlines()]


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs from one time to the next."""
    return {name: value for name, value in answer.items() if name not in ("took_ms", "progress")}


@pytest.mark.parametrize("streamed", [False, True])
def test_the_answer_is_the_same(store: Store, monkeypatch: pytest.MonkeyPatch, streamed: bool) -> None:
    """Told or not, at once or line by line: rows, counts, bars and facets are those of the query in one piece."""
    assert DAYS > 3
    if streamed:
        monkeypatch.setattr(stepwise, "STEPS_FIRST_SECONDS", 0)
        monkeypatch.setattr(stepwise, "STEPS_EVERY_SECONDS", 0)
    rng = random.Random(6)
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        for path, own in QUESTIONS:
            for parameters in ([], random_selection(rng, ENTRIES)[0], random_selection(rng, ENTRIES)[0]):
                status, whole = await client.try_to(path, *parameters, *own)
                if status == 404:
                    continue
                *_, answer = await told(client, path, *parameters, *own)
                assert plain(whole) == plain(answer), (path, own, parameters)
                assert answer["progress"]["done"]

    with_server(store, use)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_what_a_deadline_cut_goes_on(store: Store, order: str) -> None:
    """A page that the time was too short for says how far it came, and where to go on; nothing is left out then."""
    fill(store, ENTRIES)
    cut: list[dict[str, Any]] = []

    async def hurried(client: Client) -> None:
        bounds: list[Pair] = [("since", "2025-10-01"), ("until", "2026-12-01")]
        cut.extend(await told(client, "entries", ("order", order), *bounds))

    async def patient(client: Client) -> None:
        (first,) = cut
        assert first["partial"] and first["more"] and first["reason"] == "deadline of 1e-09 s reached"
        assert (0, DAYS, 0, len(ENTRIES)) == tuple(
            first["progress"][name] for name in ("days", "of_days", "entries", "of_entries")
        )
        rest = await client.ask("entries", ("order", order), ("limit", 1000), ("after", first["next"]))
        assert len(ENTRIES) == len(first["entries"]) + len(rest["entries"])

    with_server(store, hurried, deadline=1e-9)
    with_server(store, patient)


class Held(LimitedStore):
    """Counts the newest part at once, and the others when it is let go."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, All())
        self.go = threading.Event()
        self.parts: list[Scope] = []
        self.ended: list[str | None] = []

    def count(self, scope: Scope, budget: Budget) -> Count:
        """See Store."""
        self.parts.append(scope)
        while len(self.parts) > 1 and budget.reason is None and not self.go.wait(0.01):
            pass
        self.ended.append(budget.reason)
        return super().count(scope, budget)


def test_how_far_it_has_come_and_what_it_found_so_far(store: Store) -> None:
    """While a count takes long, days and entries searched are told, with the number so far; at last the whole one."""
    fill(store, ENTRIES)
    held = Held(store)

    async def use(client: Client) -> None:
        async with client.session.get(client.url("count"), headers=PROGRESS) as response:
            assert response.content_type == "application/x-ndjson"
            first = json.loads(await response.content.readline())
            held.go.set()
            *_, last = [json.loads(line) for line in (await response.text()).splitlines()]
        assert {"days": 1, "of_days": DAYS, "of_entries": len(ENTRIES), "done": False}.items() <= first[
            "progress"
        ].items()
        assert 0 < first["matched"] == first["progress"]["entries"] < len(ENTRIES)
        assert first["partial"] and first["reason"]
        assert (len(ENTRIES), False, None) == (last["matched"], last["partial"], last["reason"])
        assert (DAYS, True) == (last["progress"]["days"], last["progress"]["done"])

    with_server(held, use)


def test_who_goes_away_ends_the_work(store: Store) -> None:
    """A count whose asker leaves between two lines is not carried on."""
    fill(store, ENTRIES)
    held = Held(store)

    async def use(client: Client) -> None:
        async with client.session.get(client.url("count"), headers=PROGRESS) as response:
            await response.content.readline()
        await client.stop()
        await until(lambda: len(held.ended) > 1)
        assert [None, "cancelled"] == held.ended[:2]
        assert 2 == len(held.parts)

    with_server(held, use)
