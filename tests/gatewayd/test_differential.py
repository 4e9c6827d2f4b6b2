"""The stock program and the collector are asked the same, over the same journal, and answer the same."""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.gatewayd.stock import GATEWAYD, Answer, Gatewayd, ask
from tests.jhctl.collector import Collector
from tests.output import canonical
from tests.output.journals import (
    AWKWARD,
    FIRST_BOOT,
    JOURNAL_REMOTE,
    SECOND_BOOT,
    entries_of,
    export_text,
    make_journal,
)

from journalhub.journal.entry import Entry

pytestmark = pytest.mark.skipif(
    not (GATEWAYD.exists() and JOURNAL_REMOTE.exists()), reason="needs the package systemd-journal-remote"
)

ACCEPT = (
    None,
    "text/plain",
    "application/json",
    "application/json-seq",
    "text/event-stream",
    "application/vnd.fdo.journal",
    "application/xml",
    "application/json, */*",
    "Application/JSON",
    "*/*",
)

MATCHES = (
    "",
    "MESSAGE=hello",
    "MESSAGE",
    "PRIORITY=3&PRIORITY=6",
    "PRIORITY=6&MESSAGE=hello",
    "PRIORITY=3&PRIORITY=6&_PID=42&_HOSTNAME=web-1",
    "MESSAGE=%68ello",
    "MESSAGE=%FF%FE",
    "MESSAGE=link+end&",
    "1A=3",
    f"_BOOT_ID={SECOND_BOOT}",
    "NOTHING=1",
    "follow=0&discrete=no&boot=off",
    "follow=1&follow=F",
    # Refused:
    "&",
    "=x",
    "&&MESSAGE=hello",
    "__CURSOR=x",
    "/usr=3",
    "message=hello",
    "boot=x",
    "follow=maybe",
    "discrete=2",
    "discrete",
    "foo=bar&MESSAGE=hello",
    "%FF=1",
)

RANGES = (
    "entries=",
    "entries=:",
    "entries=:2",
    "entries=:0:2",
    "entries=:1:5",
    "entries=:+1:1",
    "entries=:-1:",
    "entries=:-2:2",
    "entries=:-9:10",
    "entries=:-9999:3",
    "entries=:0:18446744073709551615",
    "entries= :3:1",
    "entries={second}",
    "entries={second}:1",
    "entries={second}:3:2",
    "entries={second}:-1:1",
    "entries={second}:-999:2",
    "entries= {second} :1",
    "entries={second};z=9:0:1",
    "entries={other_hash}:0:1",
    "entries={time}:0:2",
    "entries={seqnum}:0:2",
    "entries={last}",
    "bytes=0-10",
    "Entries=:0:1",
    "nonsense",
    # Refused:
    "entries=:-1",
    "entries=::2",
    "entries=::",
    "entries=:0:0",
    "entries=:1:-1",
    "entries=:a:1",
    "entries=:1:1:1",
    "entries=:0:18446744073709551616",
    "entries=:9223372036854775808:1",
    "entries=bogus:0:2",
    "entries=x=1",
    "entries=s=1;i=2",
    "entries={second};:1",
)


class Both(NamedTuple):
    """The same journal, served twice."""

    stock: str
    ours: str
    entries: list[Entry]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A journal with every kind of entry: at the stock program, and shipped to a collector."""
    directory = tmp_path_factory.mktemp("gatewayd")
    journal = make_journal(directory / "journal", export_text(AWKWARD))
    with Gatewayd(journal) as stock, Collector(directory) as collector:
        collector.ship(journal)
        collector.wait_for(len(entries_of(journal)))
        yield Both(stock.url, collector.url, entries_of(journal))


def form(answer: Answer) -> tuple[int, str, list[object]]:
    """An answer without the order of fields, which nobody promises, and the sequence, which is shown since 254."""
    pieces: list[object]
    if answer.status != 200 or answer.content_type == "text/plain":
        pieces = list(answer.body.split(b"\n"))
    elif answer.content_type == "application/vnd.fdo.journal":
        pieces = list(canonical.export_entries(answer.body))
    else:
        pieces = [_members(line) if b"{" in line else line for line in answer.body.split(b"\n")]
    return answer.status, answer.content_type, pieces


def _members(line: bytes) -> list[str]:
    return [member for member in canonical.json_members(line) if not member.startswith('"__SEQNUM')]


def assert_same(both: Both, path: str, headers: dict[str, str], method: str = "GET") -> None:
    """Both answer a request with the same status, content type and body."""
    want, got = form(ask(both.stock, path, headers, method)), form(ask(both.ours, path, headers, method))
    assert want[:2] == got[:2], (method, path, headers, want[2][:3], got[2][:3])
    for number, (one, other) in enumerate(zip(want[2], got[2], strict=False)):
        assert one == other, (method, path, headers, number)
    assert len(want[2]) == len(got[2]), (method, path, headers)


def test_every_form(both: Both) -> None:
    """Each Accept header has the stock program's form, for entries and for values."""
    for accept in ACCEPT:
        headers = {} if accept is None else {"Accept": accept}
        assert_same(both, "/entries", headers)
        assert_same(both, "/entries?PRIORITY=3", headers | {"Range": "entries=:1:2"})


@pytest.mark.parametrize("accept", ["text/plain", "application/vnd.fdo.journal"])
def test_every_match(both: Both, accept: str) -> None:
    """Matches select the stock program's entries, and what it refuses is refused in its words."""
    for query in MATCHES:
        assert_same(both, f"/entries?{query}", {"Accept": accept})


def test_every_range(both: Both) -> None:
    """Ranges begin and end at the stock program's entries, also among matches."""
    second, last = both.entries[1].cursor, both.entries[-1].cursor
    names = {
        "second": str(second),
        "last": str(last),
        "other_hash": str(second._replace(xor_hash=5)),
        "time": f"t={second.realtime:x}",
        "seqnum": f"s={second.seqnum_id.hex()};i={second.seqnum:x}",
    }
    for range_ in RANGES:
        headers = {"Accept": "application/vnd.fdo.journal", "Range": range_.format(**names)}
        assert_same(both, "/entries", headers)
        assert_same(both, "/entries?_PID=42&PRIORITY=3&PRIORITY=6&PRIORITY=5&PRIORITY=7&PRIORITY=2", headers)


def test_discrete(both: Both) -> None:
    """`discrete` gives the entry at the cursor, if it matches, and nothing else."""
    for entry in both.entries[:6]:
        for cursor in (entry.cursor, entry.cursor._replace(xor_hash=5)):
            for skip in ("", ":1:1", ":-1:1"):
                for query in ("discrete", "discrete=1&PRIORITY=6", "discrete=0"):
                    headers = {"Accept": "application/vnd.fdo.journal", "Range": f"entries={cursor}{skip}"}
                    assert_same(both, f"/entries?{query}", headers)


def test_boot_of_a_machine_without_entries_of_it(both: Both) -> None:
    """The stock program knows one boot, its machine's; ours is the newest of each machine that sent entries."""
    theirs = ask(both.stock, "/entries?boot", {"Accept": "application/vnd.fdo.journal"})
    ours = ask(both.ours, "/entries?boot", {"Accept": "application/vnd.fdo.journal"})
    assert (200, b"") == (theirs.status, theirs.body)
    newest = [entry for entry in both.entries if entry.boot_id.hex() == SECOND_BOOT]
    assert 0 < len(newest) == len(canonical.export_entries(ours.body))
    assert FIRST_BOOT.encode() not in ours.body


def test_fields(both: Both) -> None:
    """The values of every field are the same, in any order; the stock program's is that of its files."""
    names = sorted({name for entry in both.entries for name, _ in entry.all_fields})
    for name in (*names, "1A", "NOTHING"):
        for accept in ("text/plain", "application/json", "text/event-stream"):
            want, got = (ask(url, f"/fields/{name}", {"Accept": accept}) for url in (both.stock, both.ours))
            assert want[:2] == got[:2], name
            assert sorted(want.body.split(b"\n")) == sorted(got.body.split(b"\n")), (name, accept)
    for path in ("/fields/", "/fields/message", "/fields/__CURSOR", "/fields/A/B", "/fields/A%20B", "/fields"):
        assert_same(both, path, {})


def test_other_methods_and_paths(both: Both) -> None:
    """Methods but GET are refused in the stock program's words."""
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        for path in ("/entries", "/fields/MESSAGE", "/machine"):
            assert_same(both, path, {}, method)


def test_machine(both: Both) -> None:
    """/machine says of the collector's machine what the stock program says of its own, with our usage and times."""
    want, got = (ask(url, "/machine") for url in (both.stock, both.ours))
    assert want[:2] == got[:2]
    theirs, ours = json.loads(want.body), json.loads(got.body)
    assert list(theirs) == list(ours)
    for name in ("machine_id", "boot_id", "hostname", "os_pretty_name", "virtualization"):
        assert theirs[name] == ours[name]
    for name in ("cutoff_from_realtime", "cutoff_to_realtime"):
        assert theirs[name] == ours[name]
    assert int(ours["usage"]) > 0
    assert want.body[:60] == got.body[:60]


def test_what_differs_on_purpose(both: Both) -> None:
    """Where systemd mended the program after 252, or a hub must do better, docs/gatewayd.md says how."""
    count = len(both.entries)
    past = {"Range": f"entries=:{count}:1", "Accept": "application/vnd.fdo.journal"}
    assert 1 == len(canonical.export_entries(ask(both.stock, "/entries", past).body))  # mended in 258
    assert b"" == ask(both.ours, "/entries", past).body

    times = {"Range": "realtime=abc"}
    assert 200 == ask(both.stock, "/entries", times).status  # unknown until 256
    assert Answer(400, "text/plain", b"Failed to parse Range header.\n") == ask(both.ours, "/entries", times)

    assert 404 == ask(both.stock, "/boots").status  # unknown until 258
    assert 200 == ask(both.ours, "/boots").status


def test_all(both: Both) -> None:
    """With `all` no value is null for its length."""
    whole = ask(both.ours, "/entries?all", {"Accept": "application/json"}).body
    cut = ask(both.ours, "/entries", {"Accept": "application/json"}).body
    assert b"null" in cut and b"null" not in whole
    values = [json.loads(line) for line in whole.splitlines()]
    assert {len(entry.fields) for entry in both.entries} and len(values) == len(both.entries)
    assert "y" * 4091 in [value.get("BIG") for value in values]
    big = ask(both.ours, "/fields/MESSAGE?all", {"Accept": "application/json"}).body
    assert b"null" not in big and b"null" in ask(both.ours, "/fields/MESSAGE", {"Accept": "application/json"}).body
