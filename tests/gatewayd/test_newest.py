"""The newest stock program and the collector, over the same journal: ranges of time, boots, and all that 252 has."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from tests.gatewayd.stock import Gatewayd, ask
from tests.gatewayd.test_differential import ACCEPT, MATCHES, RANGES, Both, assert_same
from tests.jhctl.collector import Collector
from tests.lab.trees import NEWEST, NoTreeError, stock_program
from tests.output.journals import AWKWARD, EPOCH, JOURNAL_REMOTE, entries_of, export_text, make_journal

pytestmark = pytest.mark.skipif(not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals")

START = EPOCH // 1_000_000
EXPORT = {"Accept": "application/vnd.fdo.journal"}

TIMES = (
    "realtime=",
    "realtime=:",
    "realtime=5",
    "realtime=5:",
    f"realtime={START}:{START + 10}",
    f"realtime={START + 5}:",
    f"realtime=:{START + 10}",
    f"realtime={START + 5}::3",
    f"realtime={START + 5}::2:3",
    f"realtime={START + 5}::-2:3",
    f"realtime={START + 5}:{START + 20}:-2:3",
    f"realtime=:{START + 10}:-2:5",
    f"realtime=:{START + 10}:3",
    f"realtime={START + 2}.5:{START + 9}.5",
    f"realtime={START}:{START}",
    f"realtime={START + 1000}:",
    "realtime=1:2",
    "realtime=1s:2min",
    "realtime=:infinity",
    f"realtime= {START + 5}: {START + 20}",
    "Realtime=5:6",
    # Refused:
    "realtime=abc",
    "realtime=-1:2",
    "realtime=5:6:7:8:9",
    f"realtime={START + 10}:{START + 5}",
    f"realtime={START + 5}:{START + 20}:0:0",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A journal with every kind of entry: at the newest stock program, and shipped to a collector."""
    try:
        program = stock_program(NEWEST, "usr/lib/systemd/systemd-journal-gatewayd")
    except NoTreeError as why:
        pytest.skip(str(why))
    directory: Path = tmp_path_factory.mktemp("newest")
    journal = make_journal(directory / "journal", export_text(AWKWARD))
    with Gatewayd(journal, program) as stock, Collector(directory) as collector:
        collector.ship(journal)
        collector.wait_for(len(entries_of(journal)))
        yield Both(stock.url, collector.url, entries_of(journal))


@pytest.mark.parametrize("query", ["", "?_PID=42&PRIORITY=3&PRIORITY=6", "?discrete"])
def test_every_range(both: Both, query: str) -> None:
    """By times, by cursors, and beyond the end, with matches and without."""
    second = both.entries[1].cursor
    names = {
        "second": str(second),
        "last": str(both.entries[-1].cursor),
        "other_hash": str(second._replace(xor_hash=5)),
        "time": f"t={second.realtime:x}",
        "seqnum": f"s={second.seqnum_id.hex()};i={second.seqnum:x}",
    }
    count = len(both.entries)
    ends = (f"entries=:{count}:1", f"entries=:{count - 1}:1", "entries=:-1:1", "entries=:-0:1")
    for range_ in (*TIMES, *RANGES, *ends):
        assert_same(both, f"/entries{query}", EXPORT | {"Range": range_.format(**names)})


def test_every_match(both: Both) -> None:
    """What is selected, and what is refused in which words."""
    for query in MATCHES:
        assert_same(both, f"/entries?{query}", EXPORT)


def test_every_form(both: Both) -> None:
    """Each Accept header; the text of short output is compared with the stock program whose words it has, 252."""
    for accept in ACCEPT:
        content_types = [
            ask(url, "/entries", {"Accept": accept or "*/*"}).content_type for url in (both.stock, both.ours)
        ]
        assert content_types[0] == content_types[1], accept
        if content_types[0] != "text/plain":
            assert_same(both, "/entries", {"Accept": accept or "*/*"})


def test_boots(both: Both) -> None:
    """The newest first, with what the stock program says of each; ours names the machine as well."""
    want, got = (ask(url, "/boots") for url in (both.stock, both.ours))
    boots = [[orjson.loads(line[1:]) for line in answer.body.splitlines()] for answer in (want, got)]
    ours = [{name: boot[name] for name in boot if name not in ("hostname", "machine_id")} for boot in boots[1]]

    assert (want[:2], boots[0]) == (got[:2], ours)
    assert 2 == len(ours)
