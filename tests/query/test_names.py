"""Fields, values, boots, nodes, status, parse, and what stands around an entry."""

from collections import Counter
from typing import Any

import pytest
from tests.query.fleet import HOSTS, START, fill, machine_id, make_entries, seqnum_id
from tests.query.serving import Client, with_server

from journalhub.journal.batch import from_entries
from journalhub.journal.entry import Entry
from journalhub.store.contract import Store

ENTRIES = make_entries(500, seed=3)


def test_fields_and_values(store: Store) -> None:
    """Names come with their counts; values are sorted, by prefix, bounded, and say when there are more."""
    fill(store, ENTRIES)
    names = Counter(name for entry in ENTRIES for name in {name for name, _ in entry.all_fields})

    async def use(client: Client) -> None:
        fields = (await client.ask("fields"))["fields"]
        assert [{"name": name, "count": count} for name, count in sorted(names.items())] == fields
        own = [entry for entry in ENTRIES if entry.first("_HOSTNAME") == b"web-1" and entry.first("PRIORITY") == b"3"]
        names_of_own = Counter(name for entry in own for name in {name for name, _ in entry.all_fields})
        assert len(names_of_own) < len(names)
        fields = (await client.ask("fields", ("host", "web-1"), ("priority", "3..3")))["fields"]
        assert [{"name": name, "count": count} for name, count in sorted(names_of_own.items())] == fields
        hosts = await client.ask("values/_HOSTNAME")
        assert (sorted(HOSTS), False) == (hosts["values"], hosts["more"])
        some = await client.ask("values/_HOSTNAME", ("prefix", "web"), ("limit", 1))
        assert (["web-1"], True) == (some["values"], some["more"])
        narrowed = await client.ask("values/_HOSTNAME", ("host", "web-*"), ("prefix", "w"), ("limit", 1))
        assert (["web-1"], True) == (narrowed["values"], narrowed["more"])
        assert [] == (await client.ask("values/NOTHING"))["values"]
        odd = await client.ask("values/SYSLOG_IDENTIFIER", ("prefix", b"odd\xff"))
        assert [[*b"odd\xff"]] == odd["values"]
        assert {entry.boot_id.hex() for entry in ENTRIES} == set((await client.ask("values/_BOOT_ID"))["values"])

    with_server(store, use)


def test_boots(store: Store) -> None:
    """Boots are counted per machine: 0 the last, -1 the one before; containers that share a boot count it each."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        boots = (await client.ask("boots"))["boots"]
        for host in HOSTS:
            own = [e for e in ENTRIES if e.first("_HOSTNAME") == host.encode()]
            ids = list(dict.fromkeys(entry.boot_id.hex() for entry in own))
            listed = [boot for boot in boots if boot["hostname"] == host]
            assert ids == [boot["boot_id"] for boot in listed]
            assert list(range(1 - len(ids), 1)) == [boot["index"] for boot in listed]
            assert {machine_id(host).decode()} == {boot["machine_id"] for boot in listed}
            assert (own[0].realtime, own[-1].realtime) == (listed[0]["first"], listed[-1]["last"])
        both = await client.ask("boots", ("host", "web-*"), ("host", machine_id("db-1").decode()))
        assert boots == both["boots"]
        some = await client.ask("boots", ("host", "*-1"), ("host", "nobody"))
        assert {"web-1", "db-1"} == {boot["hostname"] for boot in some["boots"]}
        shared = {b["boot_id"] for b in boots if b["hostname"] == "web-1"} & {
            b["boot_id"] for b in boots if b["hostname"] == "web-2"
        }
        assert len(shared) == 2

    with_server(store, use)


def test_a_boot_by_its_id(store: Store) -> None:
    """An id names one boot, on every machine that has it; ID-1 the boot before it."""
    fill(store, ENTRIES)
    ids = list(dict.fromkeys(e.boot_id for e in ENTRIES if e.first("_HOSTNAME") == b"web-2"))

    async def use(client: Client) -> None:
        for text, wanted in (
            (ids[1].hex(), {ids[1]}),
            (f"{ids[1].hex()}-1", {ids[0]}),
            (f"{ids[1].hex()}+1", {ids[2]}),
        ):
            rows = (await client.ask("entries", ("boot", text), ("limit", 1000)))["entries"]
            assert {boot.hex() for boot in wanted} == {row["_BOOT_ID"] for row in rows}
            assert sum(1 for e in ENTRIES if e.boot_id in wanted) == len(rows)

    with_server(store, use)


@pytest.mark.parametrize("count", [0, 3, 20])
def test_context_inside_a_burst(store: Store, count: int) -> None:
    """Around any entry stand its neighbours, also where many entries have its time."""
    burst = [entry._replace(realtime=START + number // 90) for number, entry in enumerate(ENTRIES[:270])]
    fill(store, burst)

    async def use(client: Client) -> None:
        whole = (await client.ask("entries", ("limit", 1000), ("order", "oldest")))["entries"]
        for at in (0, 1, 88, 89, 90, 91, 135, 268, 269):
            sides = (("before", count), ("after", count))
            by_cursor = await client.ask("context", ("cursor", whole[at]["__CURSOR"]), *sides)
            by_position = await client.ask("context", ("position", whole[at]["__POSITION"]), *sides)
            for answer in (by_cursor, by_position):
                assert whole[max(at - count, 0) : at] == answer["before"]
                assert whole[at] == answer["entry"]
                assert whole[at + 1 : at + 1 + count] == answer["after"]

    with_server(store, use)


def test_context_of_the_same(store: Store) -> None:
    """`same` keeps to the host, or to the unit on it; a selection keeps to what it selects."""
    fill(store, ENTRIES)

    async def use(client: Client) -> None:
        whole = (await client.ask("entries", ("limit", 1000), ("order", "oldest")))["entries"]
        at = next(n for n, row in enumerate(whole) if n > 200 and row.get("_SYSTEMD_UNIT") == "nginx.service")
        kernel = next(n for n, row in enumerate(whole) if n > 200 and row.get("_TRANSPORT") == "kernel")
        for number, same, keys in (
            (at, "host", ["_HOSTNAME"]),
            (at, "unit", ["_HOSTNAME", "_SYSTEMD_UNIT"]),
            (kernel, "unit", ["_HOSTNAME", "SYSLOG_IDENTIFIER"]),
        ):
            answer = await client.ask("context", ("cursor", whole[number]["__CURSOR"]), ("same", same), ("before", 4))
            alike = [row for row in whole[:number] if all(row.get(key) == whole[number][key] for key in keys)]
            assert alike[-4:] == answer["before"]
        other = await client.ask("context", ("cursor", whole[at]["__CURSOR"]), ("priority", "0"), ("after", 3))
        assert [row for row in whole[at + 1 :] if row.get("PRIORITY") == "0"][:3] == other["after"]
        assert whole[at] == other["entry"]

    with_server(store, use)


def test_contexts_are_those_of_each(store: Store) -> None:
    """Several at once are what one after another is; an entry that is not there has none."""
    fill(store, ENTRIES)
    around = [("same", "host"), ("before", "3"), ("after", "2"), ("priority", "0..6")]

    async def use(client: Client) -> None:
        rows = (await client.ask("entries", ("limit", 1000), ("order", "oldest")))["entries"]
        cursors = [row["__CURSOR"] for row in rows[:: len(rows) // 20]]
        gone = str(ENTRIES[0]._replace(seqnum=10**6).cursor)
        asked = [*cursors[:2], gone, *cursors[2:], cursors[0]]
        answer = await client.ask("contexts", *(("cursor", cursor) for cursor in asked), *around)
        assert len(asked) == len(answer["contexts"])
        for cursor, found in zip(asked, answer["contexts"], strict=True):
            if cursor == gone:
                assert found is None
                continue
            one = await client.ask("context", ("cursor", cursor), *around)
            assert {key: one[key] for key in ("before", "entry", "after")} == found
        for number in (0, 33):
            status, refused = await client.try_to("contexts", *[("cursor", cursors[0])] * number)
            assert (400, "cursor") == (status, refused["error"]["where"])

    with_server(store, use)


def test_contexts_that_do_not_fit_are_asked_for_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer has as many as fit, and one at least."""
    fill(store, ENTRIES)
    monkeypatch.setattr("journalhub.query.api.context.ANSWER_BYTES_MAX", 1)

    async def use(client: Client) -> None:
        cursors = [("cursor", str(entry.cursor)) for entry in ENTRIES[5:8]]
        answer = await client.ask("contexts", *cursors, ("before", 0), ("after", 0))
        assert [cursors[0][1]] == [found["entry"]["__CURSOR"] for found in answer["contexts"]]

    with_server(store, use)


def test_context_of_late_arrivals(store: Store) -> None:
    """An entry is found by its position although seqnum order puts entries that came later before it."""
    late = [Entry(seqnum_id("db-1"), n, b"b" * 16, n, START, n, (("MESSAGE", b"%d" % n),)) for n in (5, 6, 3, 4)]
    for entry in late:
        store.append([from_entries([entry])])
    store.refresh()

    async def use(client: Client) -> None:
        rows = (await client.ask("entries", ("order", "oldest")))["entries"]
        assert ["3", "4", "5", "6"] == [row["MESSAGE"] for row in rows]
        for number, row in enumerate(rows):
            answer = await client.ask("context", ("position", row["__POSITION"]), ("before", 1), ("after", 1))
            assert row == answer["entry"]
            assert rows[max(number - 1, 0) : number] == answer["before"]
            assert rows[number + 1 : number + 2] == answer["after"]

    with_server(store, use)


def test_nodes_and_status(store: Store) -> None:
    """The ledger's nodes as they are; of the store its size and health, beside what the process says of itself."""
    fill(store, ENTRIES)
    nodes: list[dict[str, Any]] = [{"machine_id": "m", "hostname": "h", "namespace": "", "gaps": []}]

    async def use(client: Client) -> None:
        assert nodes == (await client.ask("nodes"))["nodes"]
        status = await client.ask("status")
        assert (True, [], 500, "9.9") == (status["healthy"], status["health"], status["entries"], status["version"])
        assert 500 == status["newest_ord"] == sum(partition["entries"] for partition in status["partitions"])
        assert {"day", "entries", "bytes", "first", "last", "indexed"} == set(status["partitions"][0])

    with_server(store, use, nodes=lambda: nodes, status=lambda: {"version": "9.9"})


def test_parse(store: Store) -> None:
    """A text is read back canonically, or told where it breaks."""

    async def use(client: Client) -> None:
        answer = await client.ask("parse", ("q", "disk full"))
        assert ("query", []) == (answer["read_as"], answer["warnings"])
        assert answer["canonical"]
        pasted = 'Nov 23 10:00:00 web-1 sshd[42]: error: kex (exchange "identification'
        answer = await client.ask("parse", ("q", pasted))
        assert "text" == answer["read_as"]
        assert answer["why"]
        entries = await client.ask("entries", ("q", pasted))
        assert "text" == entries["read_as"]["as"]

    with_server(store, use)


def test_histogram_of_the_most_frequent_values(store: Store) -> None:
    """`top` keeps the values with most entries and puts the others together: every bucket sums up as before."""
    fill(store, ENTRIES)

    def sizes(answer: Any) -> list[int]:
        return sorted((sum(one["counts"]) for one in answer["series"] if one["value"] is not None), reverse=True)

    async def use(client: Client) -> None:
        whole = await client.ask("histogram", ("by", "SYSLOG_IDENTIFIER"))
        assert None is whole["other"]
        few = await client.ask("histogram", ("by", "SYSLOG_IDENTIFIER"), ("top", 2))

        assert sizes(whole)[:2] == sizes(few)
        assert len(sizes(whole)) - 2 == few["other"]["values"] > 0
        assert [sum(one) for one in zip(*(series["counts"] for series in whole["series"]), strict=True)] == [
            sum(one)
            for one in zip(few["other"]["counts"], *(series["counts"] for series in few["series"]), strict=True)
        ]

    with_server(store, use)


def test_histogram_covers_the_range(store: Store) -> None:
    """Buckets cover the range from its start; the counts are those of each bucket; open ends are the store's."""
    fill(store, ENTRIES)
    first, last = ENTRIES[0].realtime, ENTRIES[-1].realtime

    async def use(client: Client) -> None:
        answer = await client.ask("histogram")
        assert first == answer["start"]
        counts = answer["series"][0]["counts"]
        assert (500, None) == (sum(counts), answer["series"][0]["value"])
        assert len(counts) <= 60
        expected = Counter((entry.realtime - first) // answer["interval"] for entry in ENTRIES)
        assert [expected[number] for number in range(len(counts))] == counts
        hourly = await client.ask("histogram", ("interval", 3_600_000_000), ("since", f"@{first // 1_000_000 - 3600}"))
        assert 500 == hourly["matched"] == sum(hourly["series"][0]["counts"])
        assert 0 == (await client.ask("histogram", ("since", f"@{last // 1_000_000 + 10}")))["matched"]

    with_server(store, use)


def test_boots_of_some_journals(store: Store) -> None:
    """Boots with entries in a namespace, or of users, are counted among themselves, each from the first of those on."""
    silent = ENTRIES[0].boot_id
    entries = [entry for entry in ENTRIES if entry.boot_id != silent or entry.first("_NAMESPACE") is None]
    fill(store, entries)

    async def use(client: Client) -> None:
        inside = [entry for entry in entries if entry.first("_NAMESPACE") == b"lab"]
        boots = (await client.ask("boots", ("namespace", "lab")))["boots"]
        assert {entry.boot_id.hex() for entry in inside} == {boot["boot_id"] for boot in boots}
        assert len(boots) < len((await client.ask("boots"))["boots"])
        for boot in boots:
            own = [
                entry.realtime
                for entry in inside
                if entry.boot_id.hex() == boot["boot_id"] and entry.first("_HOSTNAME") == boot["hostname"].encode()
            ]
            assert (min(own), max(own)) == (boot["first"], boot["last"])
            chosen = [("namespace", "lab"), ("host", boot["hostname"]), ("boot", str(boot["index"] or boot["boot_id"]))]
            assert len(own) == (await client.ask("count", *chosen))["matched"]
        assert [] == (await client.ask("boots", ("namespace", "nowhere")))["boots"]
        assert "no-host" == (await client.refused("boots", ("host", "nobody"), status=404))["code"]

    with_server(store, use)


def test_globs_are_those_of_the_selected_hosts(store: Store) -> None:
    """A glob that names units of other hosts only is refused as by journalctl there; one of another time is not."""

    def is_cafe_of(host: bytes, entry: Entry) -> bool:
        return entry.first("_HOSTNAME") == host and any(b"caf" in value for _, value in entry.fields)

    fill(store, [entry for entry in ENTRIES if not is_cafe_of(b"web-1", entry)])

    async def use(client: Client) -> None:
        assert (await client.ask("count", ("unit", "caf*"), ("host", "web-*")))["matched"]
        assert 0 == (await client.ask("count", ("unit", "caf*"), ("host", "web-2"), ("until", "@1")))["matched"]
        refused = await client.refused("count", ("unit", "caf*"), ("host", "web-1"), status=404)
        assert "no-unit" == refused["code"]
        assert 0 == (await client.ask("count", ("unit", "caf*"), ("unit", "x"), ("host", "web-1")))["matched"]

    with_server(store, use)
