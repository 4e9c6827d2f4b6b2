"""Retention removes whole days, the oldest first, never today, and what it removed stays away."""

import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.collector.material import SEQNUM_ID, entry
from tests.integration.programs import wait_until

from journalhub.collector import hub as hub_module
from journalhub.collector.hub import Hub
from journalhub.collector.keeping import parse_keeping
from journalhub.collector.ledger_file import LedgerFile
from journalhub.collector.retained import Sieve
from journalhub.collector.retention import Retention, too_many, too_old
from journalhub.collector.settings import CollectorSettings
from journalhub.journal.batch import Batch, from_entries
from journalhub.journal.settings_values import SettingsError
from journalhub.store.contract import Partition, Position
from journalhub.store.embedded import open_store

DAY = 86_400_000_000
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def micros(when: datetime) -> int:
    return round(when.timestamp()) * 1_000_000


def days(*sizes: int, last: str = "2026-11-23") -> list[Partition]:
    """Partitions of these sizes in bytes, the last one of `last`."""
    end = datetime.fromisoformat(last)
    named = [(end - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(len(sizes) - 1, -1, -1)]
    return [
        Partition(day, 1, size, Position(0, 1), Position(0, 1), True) for day, size in zip(named, sizes, strict=True)
    ]


@pytest.mark.parametrize(
    ("keep", "first"),
    [(None, ""), (1.0, "2026-11-22"), (0.5, "2026-11-23"), (30.0, "2026-10-24"), (36_500.0, "1970-01-01")],
)
def test_by_age(keep: float | None, first: str) -> None:
    """The day that the oldest wanted moment is in stays whole."""
    assert first == too_old(CollectorSettings(retention_days=keep), micros(NOW))


@pytest.mark.parametrize(
    ("sizes", "settings", "free", "kept_from"),
    [
        ([10, 10, 10], {}, 0, ""),
        ([10, 10, 10], {"retention_bytes": 30}, 0, ""),
        ([10, 10, 10], {"retention_bytes": 29}, 0, "2026-11-22"),
        ([10, 10, 10], {"retention_bytes": 15}, 0, "2026-11-23"),
        ([10, 10, 10], {"retention_bytes": 1}, 0, "2026-11-23"),
        ([100], {"retention_bytes": 1}, 0, ""),
        ([10, 10, 10], {"retention_free": 5}, 5, ""),
        ([10, 10, 10], {"retention_free": 5}, 4, "2026-11-22"),
        ([10, 10, 10], {"retention_free": 50, "retention_bytes": 29}, 35, "2026-11-23"),
    ],
)
def test_by_size_and_space(sizes: list[int], settings: dict[str, Any], free: int, kept_from: str) -> None:
    """As many of the oldest days go as are needed, and today never."""
    assert kept_from == too_many(days(*sizes), CollectorSettings(**settings), free, "2026-11-23")


def test_a_clock_in_the_future_costs_nothing() -> None:
    """Days after today are not removed, and do not make today removable."""
    future = days(10, 10, last="2026-11-23") + days(1000, last="2031-01-01")

    assert "2026-11-23" == too_many(future, CollectorSettings(retention_bytes=5), 0, "2026-11-23")


def entries_of(*when: datetime) -> Batch:
    return from_entries(entry(number, realtime=micros(moment)) for number, moment in enumerate(when, 1))


def test_what_was_removed_stays_away(tmp_path: Path) -> None:
    """Days go from the store; their entries are refused when they come again, also after a restart."""
    store, file, sieve = open_store(tmp_path), LedgerFile(tmp_path), Sieve()
    old, new = NOW - timedelta(days=5), NOW - timedelta(days=1)
    store.append([entries_of(old, new, NOW)])
    settings = CollectorSettings(data_dir=tmp_path, retention_bytes=1)
    retention = Retention(store, settings, sieve, file, lambda: micros(NOW), free=lambda: 2**60)
    retention.enforce()

    assert ["2026-11-23"] == [partition.day for partition in store.partitions()]
    assert {
        "begins": "2026-11-23",
        "removed_days": 2,
        "removed_entries": 2,
        "removed_until": micros(new),
        "rules": [],
    } == (retention.status())
    kept = sieve.sift(entries_of(old, new, NOW))
    assert ([2], [0, 1]) == (kept.rows, [row for row, _ in kept.refused])
    file.close()

    again = Sieve()
    later = Retention(store, CollectorSettings(data_dir=tmp_path), again, LedgerFile(tmp_path), lambda: micros(NOW))
    assert (sieve.start, retention.status()) == (again.start, later.status())
    store.close()


def test_by_age_on_an_empty_store(tmp_path: Path) -> None:
    """Entries that are too old are refused from the start, so that they do not come and go."""
    store, sieve = open_store(tmp_path), Sieve()
    settings = CollectorSettings(data_dir=tmp_path, retention_days=2)
    Retention(store, settings, sieve, None, lambda: micros(NOW)).enforce()
    kept = sieve.sift(entries_of(NOW - timedelta(days=3), NOW))

    assert [(0, "older than the retention, which begins on 2026-11-21")] == kept.refused
    assert [] == store.missing(SEQNUM_ID)
    store.close()


def test_entries_that_are_kept_for_less(tmp_path: Path) -> None:
    """A rule removes its entries day by day and refuses them when they come again; the others and today stay."""
    store, file, sieve = open_store(tmp_path), LedgerFile(tmp_path), Sieve()
    settings = CollectorSettings(data_dir=tmp_path, retention_rule=("2 host=dev-*", "2 unit=chatty.service"))
    explained: list[tuple[int, int]] = []
    retention = Retention(
        store, settings, sieve, file, lambda: micros(NOW), explain=lambda _, runs: explained.extend(runs)
    )
    sent = from_entries(
        entry(number, realtime=micros(NOW - timedelta(days=back)), hostname=host)
        for number, (back, host) in enumerate(
            [(5, b"dev-1"), (5, b"web-1"), (4, b"dev-2"), (4, b"web-1"), (0, b"dev-1")]
        )
    )
    store.append([sent])
    for _ in range(5):
        retention.enforce()

    assert [partition.entries for partition in store.partitions()] == [1, 1, 1]
    assert explained == [(2, 2)], "what is missing between others must not be taken for a gap"
    assert retention.status()["rules"] == [
        {
            "rule": "2 host=dev-*",
            "removed_entries": 2,
            "removed_until": micros(datetime(2026, 11, 20, tzinfo=UTC)) - 1,
        }
    ]
    again = sieve.sift(sent)
    assert [row for row, _ in again.refused] == [0, 2]
    assert "2 host=dev-*" in again.refused[0][1]
    assert sum(map(len, (store.append([again.batch])[0].stored,))) == 0
    file.close()

    later = Retention(store, settings, Sieve(), LedgerFile(tmp_path), lambda: micros(NOW))
    assert later.status()["rules"] == retention.status()["rules"]
    store.close()


@pytest.mark.parametrize("text", ["", "7", "x unit=a", "0 unit=a", "7 NOT-A-FIELD", "7 priority=11"])
def test_rules_that_cannot_be_read(text: str) -> None:
    """The error names the setting and the rule."""
    with pytest.raises(SettingsError, match="retention-rule"):
        parse_keeping([text])


def test_a_slow_removal_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the files of a large day are being freed, entries are taken, and what goes is in no answer any more."""
    store = open_store(tmp_path)
    store.append([entries_of(NOW - timedelta(days=5), NOW)])
    begun, may_end = threading.Event(), threading.Event()
    remove = shutil.rmtree

    def slowly(path: Path, **how: Any) -> None:
        begun.set()
        assert may_end.wait(240)
        remove(path, **how)

    monkeypatch.setattr(shutil, "rmtree", slowly)
    removing = threading.Thread(target=store.drop_before, args=("2026-11-20",))
    removing.start()
    try:
        assert begun.wait(240)
        store.append([from_entries([entry(9, realtime=micros(NOW))])])
        assert [2] == [partition.entries for partition in store.partitions()]
    finally:
        may_end.set()
        removing.join()
    assert ["2026-11-23"] == [place.name for place in (tmp_path / "partitions").iterdir()]
    store.close()


def test_it_is_enforced_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that runs removes what becomes too much, without a restart, and says so where a question is cut by it."""
    monkeypatch.setattr(hub_module, "RETENTION_SECONDS", 0.05)
    store = open_store(tmp_path)
    hub = Hub(store, CollectorSettings(data_dir=tmp_path, retention_bytes=1))
    hub.start()
    try:
        today = datetime.now(UTC)
        store.append([entries_of(today - timedelta(days=5), today)])
        wait_until("the old day has gone", lambda: len(store.partitions()) == 1)
        wait_until("it is told", lambda: hub.status()["retention"]["removed_days"] == 1)
        store.append([from_entries([entry(7, realtime=micros(today - timedelta(days=3)))])])
        wait_until("the next has gone, too", lambda: hub.status()["retention"]["removed_days"] == 2)
    finally:
        hub.close()
