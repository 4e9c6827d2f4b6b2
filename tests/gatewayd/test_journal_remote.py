"""systemd-journal-remote pulls from the collector, and journalctl reads what it wrote."""

import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector
from tests.gatewayd.stock import REMOTE, TIMEOUT
from tests.integration.programs import (
    Collector,
    entries,
    journalctl,
    ship_once,
    wait_until,
    without_sequence,
)
from tests.lab.journald import JournaldHost
from tests.query.fleet import make_entries

from journalhub.access.roles import Role
from journalhub.journal.export import encode

pytestmark = pytest.mark.skipif(not REMOTE.exists(), reason="needs the package systemd-journal-remote")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector with an empty store."""
    with Collector(tmp_path) as running:
        yield running


SOON = 240.0
"""Seconds to wait for what takes a few."""


def write(host: JournaldHost, tag: str) -> None:
    """Some entries, with several lines, repeated fields and bytes."""
    host.run(["systemd-cat", "-t", tag, "-p", "warning"], "\n".join(f"line {n}" for n in range(300)))
    host.run(["logger", "--journald"], f"MESSAGE=first line\nMESSAGE=second\nSYSLOG_IDENTIFIER={tag}\n")
    host.run(["logger", "-t", tag, b"caf\xe9".decode("latin-1")])
    host.sync()


def pull(url: str, journal: Path) -> list[str]:
    """The command line that pulls into a journal file."""
    return [str(REMOTE), f"--url={url}", f"--output={journal}", "--split-mode=none"]


def pulled(journal: Path) -> bytes:
    """What journalctl reads of a file that is being written; nothing before it is there."""
    return journalctl("--file", journal) if journal.exists() else b""


def without_cursor(export: bytes) -> "Counter[tuple[bytes, ...]]":
    """Entries without their cursors: a journal that is written anew numbers its entries itself."""
    drop = re.compile(rb"__CURSOR=")
    found: Counter[tuple[bytes, ...]] = Counter()
    for fields, times in without_sequence(entries(export)).items():
        found[tuple(field for field in fields if not drop.match(field))] += times
    return found


def test_a_fleet_in_one_file(journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path) -> None:
    """All entries of two hosts come into one file, those of one into another, fields and times as they were."""
    hosts = [journald_host("web-1"), journald_host("web-2")]
    for host in hosts:
        write(host, "many")
        ship_once(collector, tmp_path / host.hostname, "--directory", host.log_directory)
    wait_until("everything stored is in the index", lambda: collector.count() == collector.stored())
    expected = [without_cursor(journalctl("--directory", host.log_directory)) for host in hosts]

    for name, query, want in (
        ("all", "", expected[0] + expected[1]),
        ("one", "?_HOSTNAME=web-2", expected[1]),
        ("boot", "?boot&_HOSTNAME=web-1", expected[0]),
    ):
        journal = tmp_path / f"{name}.journal"
        subprocess.run(pull(f"{collector.url}/entries{query}", journal), check=True, timeout=TIMEOUT)
        assert want == without_cursor(journalctl("--file", journal)), name


def test_it_follows(journald_host: Callable[..., JournaldHost], collector: Collector, tmp_path: Path) -> None:
    """With `follow` it writes what arrives while it runs.

    It reads through a curl that hands on whole blocks of 4 KiB: what is looked for has more entries behind it.
    """
    host = journald_host("web-1")
    write(host, "before")
    ship_once(collector, tmp_path / "shipper", "--directory", host.log_directory)
    journal = tmp_path / "follow.journal"
    with subprocess.Popen(pull(f"{collector.url}/entries?follow", journal), stderr=subprocess.DEVNULL) as remote:
        try:
            wait_until("what was stored is written", lambda: b"=before\n" in pulled(journal), SOON)
            write(host, "after")
            expected = without_cursor(journalctl("--directory", host.log_directory))
            write(host, "behind")
            ship_once(collector, tmp_path / "shipper", "--directory", host.log_directory)
            wait_until("all is written", lambda: expected <= without_cursor(pulled(journal)), SOON)
        finally:
            remote.terminate()
    everything = without_cursor(journalctl("--directory", host.log_directory))
    assert without_cursor(pulled(journal)) <= everything


def test_it_pulls_what_a_reader_may_see(tmp_path: Path) -> None:
    """Over TLS, with a reader's token in the address: the entries of the token's scope, and no others."""
    everything = make_entries(300)
    with SecuredCollector(tmp_path) as hub:
        hub.fill(everything)
        token = hub.token(Role.READER, scope="host=web-1")
        address = hub.url.replace("https://", f"https://reader:{token}@")
        journal = tmp_path / "web-1.journal"
        environment = {"PATH": os.environ["PATH"], "CURL_CA_BUNDLE": str(hub.authority_file)}
        subprocess.run(pull(f"{address}/entries", journal), check=True, timeout=TIMEOUT, env=environment)
        refused = subprocess.run(
            pull(f"{hub.url}/entries", tmp_path / "nobody.journal"),
            timeout=TIMEOUT,
            env=environment,
            capture_output=True,
        )
    # A journal keeps a field that an entry has twice with the same value once.
    seen = [entry._replace(fields=tuple(dict.fromkeys(entry.fields))) for entry in everything]
    expected = b"".join(encode(entry) for entry in seen if entry.first("_HOSTNAME") == b"web-1")

    assert without_cursor(expected) == without_cursor(journalctl("--file", journal))
    assert b"" == pulled(tmp_path / "nobody.journal"), refused.stderr
