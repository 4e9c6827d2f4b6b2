"""What a node has beside one readable journal: namespaces, users, files that may not be read; and a large upload."""

import os
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.integration.programs import (
    BIN,
    Collector,
    Program,
    assert_same_entries,
    entries,
    journalctl,
    ship_once,
    wait_until,
)
from tests.jhctl.inhabited import NAMESPACES, inhabit
from tests.lab.journald import JournaldHost
from tests.shipper.test_journald import write_native

from journalhub.journal.export import CONTENT_TYPE
from journalhub.journal.limits import FIELD_VALUE_MAX

Hosts = Callable[..., JournaldHost]

WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
"""Root that may read what permissions say, and no more."""


def test_namespaces_and_users(journald_host: Hosts, collector: Collector, tmp_path: Path) -> None:
    """Journals of users, and those that real journalds of two namespaces keep, over several boots: all arrive."""
    host = journald_host()
    inhabit(host)
    state = tmp_path / "state"
    host.run([BIN / "journalhub", "shipper", "--once", "--collector", collector.url, "--state-dir", state])

    assert_same_entries(journalctl(f"--file={host.log_directory}/*/*.journal"), collector.export())
    nodes = collector.get("/api/v1/nodes")["nodes"]
    assert {"", *NAMESPACES} == {node["namespace"] for node in nodes}
    assert 0 == sum(node["missing"] for node in nodes)


def test_a_file_that_may_not_be_read(journald_host: Hosts, collector: Collector, tmp_path: Path) -> None:
    """Beside readable ones: what is in it is told as missing, and is whole again once the file is shipped by itself."""
    host = journald_host()
    for part in ("before", "within", "after"):
        host.run(["systemd-cat", "-t", "app"], "\n".join(f"{part} {number}" for number in range(10)))
        host.sync()
        host.rotate()
    closed = next(path for path in sorted(host.log_directory.rglob("system@*.journal")) if _holds(path, "within 5"))
    inside = entries(journalctl(f"--file={closed}")).total()
    closed.chmod(0)
    command: list[str | Path] = [*WITHOUT_RIGHTS, BIN / "journalhub", "shipper", "--collector", collector.url]
    source: list[str | Path] = ["--state-dir", tmp_path / "state", "--directory", host.log_directory]
    with Program([*command, *source], tmp_path / "log") as program:
        wait_until("the others are there", lambda: collector.count(q="before OR after") == 20)
        wait_until("the rest is told as missing", lambda: _missing(collector) == inside)
        assert 0 == collector.count(q="within")
        assert "may not be read" in program.log.read_text()
    closed.chmod(0o640)
    ship_once(collector, tmp_path / "by hand", "--file", closed)

    wait_until("nothing is missing any more", lambda: _missing(collector) == 0)
    assert_same_entries(journalctl("--directory", host.log_directory), collector.export())


def _holds(path: Path, message: str) -> bool:
    return b"MESSAGE=" + message.encode() in journalctl(f"--file={path}")


def _missing(collector: Collector) -> int:
    return sum(node["missing"] for node in collector.get("/api/v1/nodes")["nodes"])


def test_the_largest_field_of_an_upload(journald_host: Hosts, collector: Collector, tmp_path: Path) -> None:
    """64 MiB in the text that stock uploaders send arrive byte for byte."""
    host = journald_host(max_use="2G", max_file_size="1G")
    write_native(host, ("MESSAGE", b"largest"), ("BLOB", os.urandom(FIELD_VALUE_MAX)))
    host.sync()
    text = journalctl("--directory", host.log_directory)
    request = urllib.request.Request(f"{collector.url}/upload", text, {"Content-Type": CONTENT_TYPE})
    with urllib.request.urlopen(request, timeout=240) as answer:
        assert 202 == answer.status

    assert_same_entries(text, collector.export())
