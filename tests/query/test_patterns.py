"""`/api/v1/patterns`: messages as templates."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.query.fleet import fill
from tests.query.happenings import MINUTE, START, Machine
from tests.query.serving import Client, with_server

from journalhub.journal.entry import Entry
from journalhub.query import language
from journalhub.query.patterns import find
from journalhub.query.patterns.find import CLIP, find_patterns
from journalhub.query.patterns.lines import HOLE, take_apart
from journalhub.store.ast import All, Eq
from journalhub.store.contract import Budget, Scope, Store
from journalhub.store.evaluate import Compiled
from journalhub.store.limited import LimitedStore
from journalhub.store.memory import MemoryStore


def written(messages: Sequence[str | bytes], start: int = START) -> list[Entry]:
    """Entries with these messages, one a second."""
    machine = Machine("web-1", now=start)
    for message in messages:
        machine.say(message if isinstance(message, str) else message.decode("latin-1"))
    return [
        entry._replace(fields=(("MESSAGE", message), *entry.fields[1:])) if isinstance(message, bytes) else entry
        for entry, message in zip(machine.written, messages, strict=True)
    ]


def templates(*messages: str | bytes) -> dict[str, int]:
    """The templates of messages, with their counts, in their order."""
    store = MemoryStore()
    fill(store, written(messages))
    found = find_patterns(store, Scope(All(), START, START + 10**12), Budget())
    return {pattern.template.text(): pattern.count for pattern in found.patterns}


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("order 4711 paid", f"order {HOLE} paid"),
        ("10.0.0.1:80 up", f"{HOLE} up"),
        ("at 2026-01-31T12:00:00.5 on eth0", f"at {HOLE} on {HOLE}"),
        ("id=deadbeefcafebabe", f"id={HOLE}"),
        ("id=f47ac10b-58cc-4372-a567-0e02b2c3d479;", f"id={HOLE};"),
        ("/api/orders/17/items", f"/api/orders/{HOLE}/items"),
        ("no numbers here", "no numbers here"),
        ("", ""),
    ],
)
def test_what_looks_like_a_value(line: str, shape: str) -> None:
    """Numbers, times, addresses, hashes; nothing of a line is lost."""
    text, values = take_apart(line)
    pieces = text.split(HOLE)

    assert shape == text
    assert line == "".join(piece + value for piece, value in zip(pieces, [*values, ""], strict=True))


def test_values_that_differ_are_holes() -> None:
    """A value that is the same in every line is text; one line alone has no holes."""
    assert {"port <*> of 20 open": 3, "port 7 shut": 1} == templates(
        "port 1 of 20 open", "port 2 of 20 open", "port 7 shut", "port 3 of 20 open"
    )
    assert {"listening on 80": 2} == templates("listening on 80", "listening on 80")


def test_words_that_vary_are_holes() -> None:
    """Three lines that are equal but for one word, not in front, are one; and again for another word."""
    assert {"login of <*> from <*> refused": 3} == templates(
        "login of ann from 10.0.0.1 refused", "login of bob from 10.0.0.2 refused", "login of eve from 10.0.0.9 refused"
    )
    users, hosts = ("ann", "bob", "eve"), ("web", "db", "mail")
    both = [f"user {user} asks {host} for a new password" for user in users for host in hosts] * 5
    assert {"user <*> asks <*> for a new password": 45} == templates(*both)
    assert 3 == len(templates("starting web server", "stopping web server", "killing web server"))


def test_words_that_say_what_it_is_are_none() -> None:
    """Of two lines that differ in a word none is a value; and holes do not eat the line."""
    sessions = [f"session {word} for user ann" for word in ("opened", "closed")] * 5
    assert {"session closed for user ann": 5, "session opened for user ann": 5} == templates(*sessions)
    assert 4 == len(templates(*(f"unit {word}" for word in ("started", "stopped", "failed", "reloaded"))))
    kernel = [f"[    {number}.5] {a} {b}" for number, (a, b) in enumerate((x, y) for x in "abc" for y in "def")]
    assert 9 == len(templates(*kernel))


def test_seldom_lines_that_are_alike() -> None:
    """What came once or twice is compared by most of its words."""
    assert {"cannot read the file <*> for the user": 2} == templates(
        "cannot read the file passwd for the user", "cannot read the file shadow for the user"
    )
    assert 2 == len(templates("a quick brown fox jumps over", "a slow white dog jumps over"))


def test_messages_that_are_no_lines_of_text() -> None:
    """The first line stands for all; a long one for what is read of it; bytes that are no text have no pattern."""
    assert {"trace of <*>": 2} == templates("trace of 1\n  at a\n  at b", "trace of 2\n  at c")
    long = "é" * CLIP
    assert {long[: CLIP // 2]: 2} == templates(long + "1", long + "2")
    assert {"text": 1} == templates("text", b"\xff\xfe", "nul \0 inside")
    assert {"a\tb <*>": 2} == templates("a\tb 1", "a\tb 2")
    assert {"": 2} == templates("", "")


TEXTS = st.text(st.sampled_from(list("ab1 2/.*$()[]\\\t\n\x1bé\"'|+?{}^-")), max_size=24)


@given(st.lists(TEXTS, max_size=12))
def test_a_search_finds_the_messages_of_its_pattern(messages: list[str]) -> None:
    """Every message matches the query of a pattern, which finds at least as many messages as the pattern counts."""
    store = MemoryStore()
    fill(store, written(messages))
    found = find_patterns(store, Scope(All(), START, START + 10**12), Budget())
    missed = set(range(len(messages)))
    for pattern in found.patterns:
        parsed = language.parse(pattern.template.search())
        compiled = Compiled(parsed.query)
        hits = {number for number, entry in enumerate(written(messages)) if compiled(entry)}
        missed -= hits
        assert ("query", True) == (parsed.read_as, len(hits) >= pattern.count)

    assert (set(), len(messages), 0) == (missed, found.scanned, found.unlike)


def test_the_answer(store: Store) -> None:
    """Count, share, when, and a query of each pattern; more than are asked for are counted."""
    messages = [f"order {number} paid" for number in range(30)] + ["disk full"] * 9 + ["odd"]
    fill(store, written(messages))

    async def use(client: Client) -> None:
        answer = await client.ask("patterns", ("buckets", 4), ("limit", 2))
        orders, disk = answer["patterns"]
        assert (40, 40, 1, 0, False) == tuple(
            answer[key] for key in ("matched", "scanned", "other", "unlike", "partial")
        )
        assert ("order <*> paid", 30, 0.75, [10, 10, 10, 0]) == tuple(
            orders[key] for key in ("template", "count", "share", "counts")
        )
        assert (1_000_000, START + 30_000_000) == (orders["first"] - START, orders["last"])
        assert ([0, 0, 0, 9], None) == (disk["counts"], disk["new"])
        for pattern in answer["patterns"]:
            found = await client.ask("entries", ("q", pattern["search"]), ("count", 1))
            assert ("query", pattern["count"]) == (found["read_as"]["as"], found["matched"])
            without = await client.ask("count", ("q", f"NOT {pattern['search']}"))
            assert 40 - pattern["count"] == without["matched"]
        some = await client.ask("patterns", ("q", "disk"))
        assert ["disk full"] == [pattern["template"] for pattern in some["patterns"]]

    with_server(store, use)


def test_what_is_new(store: Store) -> None:
    """New is what nobody said in the day before; of a day of which nothing is stored, nobody knows."""
    machine = Machine("web-1")
    machine.say("order 1 paid")
    machine.say("order 2 paid")
    machine.say("order 3 paid", after=24 * 60 * MINUTE)
    machine.say("disk full")
    fill(store, machine.written)

    async def use(client: Client) -> None:
        for seconds, template in ((2, "order <*> paid"), (3, "order 3 paid")):
            since = ("since", f"@{START // 1_000_000 + seconds}")
            patterns = (await client.ask("patterns", since, ("new", 1)))["patterns"]
            assert {"disk full": True, template: False} == {one["template"]: one["new"] for one in patterns}
        patterns = (await client.ask("patterns", ("new", 1)))["patterns"]
        assert {None} == {one["new"] for one in patterns}

    with_server(store, use)


def test_more_messages_than_are_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are looked at, and the answer says that they are not all."""
    monkeypatch.setattr(find, "MESSAGES_MAX", 10)
    monkeypatch.setattr(find, "SHAPES_MAX", 2)
    words = ["one", "two", "three", "four"]
    fill(store, written(["old"] * 20 + [f"word {word}" for word in words] + ["new"] * 6))

    async def use(client: Client) -> None:
        answer = await client.ask("patterns", ("buckets", 10))
        assert (10, 30, 3, True) == tuple(answer[key] for key in ("scanned", "matched", "unlike", "partial"))
        assert "the newest 10 of 30 messages were looked at" == answer["reason"]
        assert START + 21_000_000 == answer["since"] == answer["start"]
        assert 6 == sum(answer["patterns"][0]["counts"])

    with_server(store, use)


def test_a_spent_budget_and_an_empty_store(store: Store) -> None:
    """What there was no time for is told, and nothing is not a failure."""

    async def empty(client: Client) -> None:
        answer = await client.ask("patterns")
        assert ([], 0) == (answer["patterns"], answer["scanned"])

    with_server(store, empty)
    fill(store, written(["a", "b"]))
    budget = Budget()
    budget.cancel()
    assert "cancelled" == find_patterns(store, Scope(All(), START, START + 10**9), budget).reason


def test_what_a_reader_may_not_see_is_in_no_pattern(store: Store) -> None:
    """Through the view of a limited reader there are the messages of that view."""
    fill(store, written(["secret of web-1"]))
    other = Machine("db-1")
    other.say("seen by all")
    fill(store, other.written)

    async def use(client: Client) -> None:
        assert ["seen by all"] == [one["template"] for one in (await client.ask("patterns"))["patterns"]]

    with_server(LimitedStore(store, Eq("_HOSTNAME", b"db-1")), use)
