"""Entries at the edge of what there can be: their time, their size, and who else has their numbers."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.integration.programs import (
    Collector,
    Program,
    assert_same_entries,
    entries,
    journalctl,
    ship_once,
    shipper,
    wait_until,
    without_sequence,
)
from tests.lab.clock import LabClock
from tests.lab.journald import JournaldHost
from tests.shipper.test_journald import write_native

from journalhub.journal.limits import FIELD_VALUE_MAX

Hosts = Callable[..., JournaldHost]
YEAR = 365.25 * 86_400


def say(host: JournaldHost, *messages: str) -> None:
    """Log messages, and wait until they are in the journal."""
    host.run(["systemd-cat", "-t", "app"], "\n".join(messages))
    host.sync()


def test_years_ago_and_in_the_future(journald_host: Hosts, collector: Collector, tmp_path: Path) -> None:
    """By a clock that is decades wrong both ways: every entry is stored, found by its time, and none is missing."""
    clock = LabClock(tmp_path)
    host = journald_host(environment=clock.environment)
    with shipper(collector, tmp_path / "shipper", "--directory", host.log_directory):
        for years in (0, -50, 70, -25, 0):
            clock.offset = years * YEAR
            say(host, f"{years} years away", f"still {years}")
        wait_until("all is found", lambda: collector.count(q="ident=app") == 10)
        wait_until(
            "journald's own are, too",
            lambda: collector.stored() == entries(journalctl("--directory", host.log_directory)).total(),
        )
    assert_same_entries(journalctl("--directory", host.log_directory), collector.export())
    (node,) = collector.get("/api/v1/nodes")["nodes"]

    assert (0, []) == (node["missing"], node["gaps"])
    assert 4 == collector.count(q="ident=app", until="2015-01-01")
    assert 2 == collector.count(q="ident=app", since="2080-01-01")
    assert 2 == collector.count(q='"-50 years away" OR "still -50"', since="1970-01-01", until="1990-01-01")
    assert 0 == collector.end()


def test_the_largest_field(journald_host: Hosts, collector: Collector, tmp_path: Path) -> None:
    """64 MiB arrive byte for byte; one byte more costs the field, not the entry, and is told."""
    host = journald_host(max_use="2G", max_file_size="1G")
    largest = os.urandom(FIELD_VALUE_MAX)
    write_native(host, ("MESSAGE", b"largest"), ("BLOB", largest))
    write_native(host, ("MESSAGE", b"too large"), ("BLOB", largest + b"x"), ("SMALL", b"stays"))
    say(host, "afterwards")
    ship_once(collector, tmp_path / "shipper", "--directory", host.log_directory)
    wait_until("everything stored is found", lambda: 0 < collector.count() == collector.stored())

    assert_same_entries(
        journalctl("--directory", host.log_directory, "MESSAGE=largest"),
        collector.jhctl("-o", "export", "MESSAGE=largest"),
    )
    (other,) = entries(collector.jhctl("-o", "export", "MESSAGE=too large"))
    assert b"SMALL=stays" in other
    assert not any(field.startswith(b"BLOB=") for field in other)
    (node,) = collector.get("/api/v1/nodes")["nodes"]
    assert [("field too large", 1)] == [(left["rule"], left["count"]) for left in node["dropped"]]
    assert 0 == node["missing"]


def test_cloned_machines(journald_host: Hosts, collector: Collector, tmp_path: Path) -> None:
    """A machine and its copy give the same seqnums of one boot to different entries: all are kept."""
    first = journald_host("web-1.example")
    say(first, *(f"before {number}" for number in range(20)))
    first.down()
    clone = journald_host("web-2.example", machine_id=first.machine_id)
    clone.down()
    shutil.rmtree(clone.log_directory)
    shutil.copytree(first.log_directory, clone.log_directory)
    for host in (first, clone):
        host.boot_id = first.boot_id  # as machines have that are restored from one memory image
        host.up()
    clones = {"first": first, "clone": clone}
    programs: dict[str, Program] = {}
    for name, host in clones.items():
        programs[name] = shipper(collector, tmp_path / name, "--directory", host.log_directory).start()
    for turn in range(3):
        for name, host in clones.items():
            say(host, *(f"{name} {turn} {number}" for number in range(20)))
    expected = {
        name: without_sequence(entries(journalctl("--directory", host.log_directory))) for name, host in clones.items()
    }
    both = expected["first"] | expected["clone"]
    try:
        wait_until("all of both is stored", lambda: collector.stored() >= both.total())
    finally:
        for program in programs.values():
            program.end()

    assert both == without_sequence(entries(collector.export()))
    assert 0 == sum(node["missing"] for node in collector.get("/api/v1/nodes")["nodes"])
