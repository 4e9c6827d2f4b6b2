"""Entries, counts and pages: the same as a plain look at every entry."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from tests.query.fleet import START, fill, make_entries, seqnum_id
from tests.query.oracle import random_selection
from tests.query.serving import Client, Pair, with_server

from journalhub.journal import jsonform
from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.contract import Store

ENTRIES = make_entries(600)


def shown(entry: Entry) -> dict[str, Any]:
    """The entry as the API shows it, but for its position."""
    return jsonform.to_object(entry, seqnum=True)


def without_position(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as `shown` has them."""
    return [{name: value for name, value in row.items() if name != "__POSITION"} for row in rows]


async def all_pages(client: Client, parameters: Sequence[Pair], limit: int, order: str) -> list[dict[str, Any]]:
    """All rows of a selection, page by page."""
    rows: list[dict[str, Any]] = []
    after: list[Pair] = []
    while True:
        answer = await client.ask("entries", *parameters, ("limit", limit), ("order", order), *after)
        assert (False, None) == (answer["partial"], answer["reason"])
        rows += answer["entries"]
        if not answer["more"]:
            assert answer["next"] is None
            return rows
        assert len(answer["entries"]) == limit
        after = [("after", answer["next"])]


@pytest.mark.parametrize("seed", range(12))
def test_answers_equal_a_look_at_every_entry(store: Store, seed: int) -> None:
    """Whatever is selected: entries, count, histogram and facets are those of the entries that match, one by one."""
    rng = random.Random(seed)
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        for _ in range(4):
            parameters, matches = random_selection(rng, ENTRIES)
            found = [entry for entry in ENTRIES if matches(entry)]
            status, answer = await client.try_to("entries", *parameters, ("limit", 1000), ("count", 1))
            if status == 404:
                assert not found, (parameters, answer)
                continue
            assert status == 200, answer
            by_cursor = {row["__CURSOR"]: row for row in without_position(answer["entries"])}
            assert {str(entry.cursor): shown(entry) for entry in found} == by_cursor, parameters
            assert len(found) == answer["matched"] == (await client.ask("count", *parameters))["matched"]
            times = [int(row["__REALTIME_TIMESTAMP"]) for row in answer["entries"]]
            assert sorted(times, reverse=True) == times
            await check_figures(client, parameters, found)

    with_server(store, use)


async def check_figures(client: Client, parameters: Sequence[Pair], found: Sequence[Entry]) -> None:
    """Histogram, facets and values of a selection against its entries."""
    histogram = await client.ask("histogram", *parameters, ("buckets", 17), ("by", "PRIORITY"))
    totals = {series["value"]: sum(series["counts"]) for series in histogram["series"]}
    priorities = Counter((entry.first("PRIORITY") or b"").decode() or None for entry in found)
    assert priorities == Counter(totals), parameters
    facets = (await client.ask("facets", *parameters, ("field", "TAG"), ("limit", 1)))["facets"][0]
    tags = Counter(value for entry in found for value in set(entry.values("TAG")))
    ranked = sorted(tags.items(), key=lambda item: (-item[1], item[0]))[:1]
    assert [(jsonform.value_form(value), count) for value, count in ranked] == [
        (one["value"], one["count"]) for one in facets["values"]
    ]
    assert max(len(tags) - 1, 0) == facets["other"]
    assert sum(1 for entry in found if not entry.values("TAG")) == facets["missing"]
    values = (await client.ask("values/TAG", *parameters))["values"]
    assert [jsonform.value_form(value) for value in sorted(tags)] == values


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_through_bursts(store: Store, order: str, limit: int) -> None:
    """Pages of any size, through many entries of one microsecond, give each entry once and in order."""
    burst = [entry._replace(realtime=START + number // 70) for number, entry in enumerate(ENTRIES[:200])]
    fill(store, burst)

    async def use(client: Client) -> None:
        whole = (await client.ask("entries", ("limit", 1000), ("order", order)))["entries"]
        assert {str(entry.cursor) for entry in burst} == {row["__CURSOR"] for row in whole}
        assert whole == await all_pages(client, [], limit, order)

    with_server(store, use)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_from_a_cursor(store: Store, order: str) -> None:
    """`cursor` begins at an entry, `after_cursor` behind it, in either direction; a filter holds for it too."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        whole = (await client.ask("entries", ("limit", 1000), ("order", order)))["entries"]
        at = whole[300]
        for name, first in (("cursor", 300), ("after_cursor", 301)):
            answer = await client.ask("entries", (name, at["__CURSOR"]), ("order", order), ("limit", 5))
            assert whole[first : first + 5] == answer["entries"]
            assert answer["more"]
            rest = await client.ask("entries", (name, at["__CURSOR"]), ("order", order), ("limit", 1000))
            assert (whole[first:], False) == (rest["entries"], rest["more"])
        other = next(p for p in "01234567" if p != at.get("PRIORITY"))
        filtered = await client.ask(
            "entries", ("cursor", at["__CURSOR"]), ("order", order), ("match", f"PRIORITY={other}"), ("limit", 1)
        )
        assert next(row for row in whole[300:] if row.get("PRIORITY") == other) == filtered["entries"][0]
        alone = await client.ask("entries", ("cursor", at["__CURSOR"]), ("limit", 1), ("order", order))
        assert ([at], True) == (alone["entries"], alone["more"])

    with_server(store, use)


def test_clip_and_fields(store: Store) -> None:
    """Long values are cut on request, between characters, and named with their length; fields can be chosen."""
    long = "é" * 100
    fields = (("_HOSTNAME", b"h"), ("MESSAGE", long.encode()), ("DATA", b"\xff" * 50), ("SHORT", b"x"))
    entry = Entry(seqnum_id("db-1"), 1, b"b" * 16, 1, START, 7, fields)
    store.append([from_entries([entry])])
    store.refresh()

    async def use(client: Client) -> None:
        row = (await client.ask("entries", ("clip", 11)))["entries"][0]
        assert {"MESSAGE": 200, "DATA": 50} == row["__CLIPPED"]
        assert ("é" * 5, [255] * 11, "x") == (row["MESSAGE"], row["DATA"], row["SHORT"])
        chosen = (await client.ask("entries", ("fields", "SHORT,_HOSTNAME"), ("clip", 11)))["entries"][0]
        assert {"SHORT", "_HOSTNAME"} == {name for name in chosen if not name.startswith("__")} - {"_BOOT_ID"}
        assert "__CLIPPED" not in chosen
        assert long == (await client.ask("entries"))["entries"][0]["MESSAGE"]

    with_server(store, use)


def test_rows_are_whole_entries(store: Store) -> None:
    """A row reads back into the entry that was stored, and has every key that is promised."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        rows = (await client.ask("entries", ("limit", 1000)))["entries"]
        back = {entry.cursor: sorted(entry.fields) for entry in map(jsonform.from_object, rows)}
        assert {entry.cursor: sorted(entry.fields) for entry in ENTRIES} == back
        promised = {"__CURSOR", "__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP", "__SEQNUM", "__SEQNUM_ID", "_BOOT_ID"}
        assert all(promised < row.keys() for row in rows)

    with_server(store, use)


def test_empty_store(store: Store) -> None:
    """Every query of an empty store has an empty answer."""

    async def use(client: Client) -> None:
        assert [] == (await client.ask("entries"))["entries"]
        assert 0 == (await client.ask("count"))["matched"]
        assert [] == (await client.ask("histogram"))["series"]
        assert [] == (await client.ask("values/_HOSTNAME"))["values"]
        assert [] == (await client.ask("boots"))["boots"]
        assert [] == (await client.ask("fields"))["fields"]
        assert 5 == len((await client.ask("facets"))["facets"])
        assert "no host has sent anything yet" == (await client.refused("entries", ("host", "x"), status=404))["do"]

    with_server(store, use)


def test_refusals(store: Store) -> None:
    """Bad input is told what, where and what to do, with the status that fits; never a 500."""
    fill(store, ENTRIES[:50])
    unknown = "s=" + "0" * 32 + ";i=1;b=" + "0" * 32 + ";m=1;t=1;x=1"

    async def use(client: Client) -> None:
        for path, parameters, status, where in (
            ("entries", [("limit", 0)], 400, "limit"),
            ("entries", [("limit", 1001)], 400, "limit"),
            ("entries", [("limit", "٣")], 400, "limit"),
            ("entries", [("limit", "9" * 5000)], 400, "limit"),
            ("entries", [("order", "up")], 400, "order"),
            ("entries", [("after", "1")], 400, "after"),
            ("entries", [("after", "1.2"), ("cursor", "x")], 400, "cursor"),
            ("entries", [("cursor", "x")], 400, "cursor"),
            ("entries", [("cursor", unknown)], 404, "cursor"),
            ("entries", [("after_cursor", unknown)], 404, "after_cursor"),
            ("entries", [("fields", "message")], 400, "fields"),
            ("entries", [("clip", 0)], 400, "clip"),
            ("entries", [("host", "nobody*")], 404, "host"),
            ("entries", [("unit", "nothing*")], 404, "unit"),
            ("entries", [("unit", "")], 400, "unit"),
            ("entries", [("boot", "-99")], 404, "boot"),
            ("entries", [("match", b"\xff")], 400, "match"),
            ("entries", [(b"\xff\x00".decode("latin-1"), 1)], 400, "'ÿ\\x00'"),
            ("count", [("limit", 1)], 400, "'limit'"),
            ("histogram", [("buckets", 5), ("interval", 5)], 400, "interval"),
            ("histogram", [("interval", 1)], 400, "interval"),
            ("histogram", [("by", "x y")], 400, "by"),
            ("histogram", [("by", "PRIORITY"), ("top", 0)], 400, "top"),
            ("facets", [("field", "")], 400, "field"),
            ("values/lower", [], 400, "field"),
            ("values/_HOSTNAME", [("limit", 10001)], 400, "limit"),
            ("context", [], 400, "cursor"),
            ("context", [("cursor", unknown)], 404, "cursor"),
            ("context", [("position", "1.1")], 404, "position"),
            ("context", [("position", f"{2**63}.{2**63}")], 404, "position"),
            ("parse", [], 400, "q"),
            ("export", [("format", "xml")], 400, "format"),
            ("export", [("cursor", unknown)], 404, "cursor"),
            ("tail", [("after", "x")], 400, "after"),
            ("tail", [("after", "999999")], 400, "after"),
            ("tail", [("lines", "-1")], 400, "lines"),
        ):
            error = await client.refused(path, *parameters, status=status)
            assert (where, True, True) == (error["where"], bool(error["what"]), bool(error["do"])), (path, error)

    with_server(store, use)


def test_what_journalctl_says(store: Store) -> None:
    """Where journalctl fails, the line that it prints comes with the error."""
    fill(store, ENTRIES[:50])

    async def use(client: Client) -> None:
        unit = await client.refused("count", ("unit", "nothing*"), status=404)
        boot = await client.refused("count", ("boot", "-99"), status=404)
        named = await client.refused("count", ("boot", "0" * 32), status=404)
        near = await client.refused("count", ("host", "web1"), status=404)
        far = await client.refused("count", ("host", "zzz*"), status=404)
        assert ("did you mean web-1", "known hosts: db-1, web-1, web-2") == (near["do"][:18], far["do"])
        assert ("no-unit", "Failed to add filter for units: No data available") == (unit["code"], unit["journalctl"])
        said = "Data from the specified boot ({}) is not available: No such boot ID in journal"
        assert ("no-boot", said.format("-99")) == (boot["code"], boot["journalctl"])
        assert said.format("0" * 32) == named["journalctl"]

    with_server(store, use)
