"""`python -m tests.upgrades.make`: keep what the present formats write, once for each that anybody may have on a disk.

Needs root, for a journald of its own. What was kept of earlier formats is never made anew.
"""

import json
import lzma
import shutil
import sys
import tarfile
import tempfile
from contextlib import closing
from importlib import metadata
from pathlib import Path
from threading import Event

from tests.access.hub import SecuredCollector
from tests.integration.programs import BIN, DEADLINE, Program, entries, wait_until
from tests.lab.journald import JournaldHost
from tests.query.fleet import make_entries
from tests.upgrades.material import KEPT, PASSWORD, RULE, VERSIONS, all_kept, fingerprint
from tests.upgrades.recorder import recording

from journalhub.access.roles import Role
from journalhub.store.embedded import dictionary, encoding, layout
from journalhub.store.embedded.cache import BlockCache
from journalhub.store.embedded.partition import Partition
from journalhub.store.embedded.sealing import seal_log

QUERIES = ("refused", "host=web-1")


def main() -> int:
    """Write a directory for the present formats; 1 when they are kept already."""
    kept = all_kept()
    if kept and kept[-1].about["versions"] == VERSIONS:
        print(f"{kept[-1].directory} has these formats already", file=sys.stderr)
        return 1
    version = metadata.version("journalhub")
    number = sum(one.directory.name.partition("-")[0] == version for one in kept)
    target = KEPT / (f"{version}-{number + 1}" if number else version)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        about, talk = _run(work)
        target.mkdir(parents=True)
        with tarfile.open(target / "data.tar.xz", "w:xz") as archive:
            archive.add(work / "collector", "collector", filter=_wanted)
        (target / "about.json").write_text(json.dumps(about, indent=1) + "\n")
        (target / "talk.json.xz").write_bytes(lzma.compress(json.dumps(talk).encode()))
        shutil.copy(work / "state" / "state.json", target / "state.json")
    return 0


def _run(work: Path) -> tuple[dict[str, object], list[dict[str, str]]]:
    """A collector, filled and ended."""
    hub = SecuredCollector(work, tls=False)
    with hub:
        hub.people.add_user("ann", PASSWORD, Role.READER, "host=web-1")
        token = hub.token(Role.ADMIN)
        hub.fill(make_entries(300))
        headers = {"Content-Type": "application/json"}
        rule = json.dumps(RULE).encode()
        assert hub.ask("/api/v1/alerts/disk", token, method="PUT", body=rule, headers=headers).status == 200
        talk = _ship(hub, work, hub.token(Role.SENDER))
        wait_until("what was shipped is found", lambda: hub.get("/api/v1/count", token)["matched"] == 323)
        export = hub.ask("/api/v1/export?format=export", token).body
        found = entries(export)
        about: dict[str, object] = {
            "versions": VERSIONS,
            "token": token,
            "entries": found.total(),
            "fingerprint": fingerprint([b"\n".join(fields) for fields in found.elements()]),
            "matched": {
                query: hub.get("/api/v1/count", token, q=query)["matched"] for query in ("refused", "host=web-1")
            },
            "nodes": len(hub.get("/api/v1/nodes", token)["nodes"]),
        }
        hub.end()
    _seal(work / "collector")
    return about, talk


def _seal(directory: Path) -> None:
    """Pack the days as if they were over, with the dictionaries that days of more messages get."""
    vars(dictionary).update(DICTIONARY_LEAST=256, DICTIONARY_SHARE=1, PIECE_ENTRIES=16)
    vars(encoding).update(PIECE_ENTRIES=16)
    for day in (directory / layout.PARTITIONS).iterdir():
        with closing(Partition(day, BlockCache(0))) as partition:
            seal_log(partition, Event())


def _ship(hub: SecuredCollector, work: Path, token: str) -> list[dict[str, str]]:
    """What a shipper of a small journal says and hears."""
    with JournaldHost(work / "host", "kept-1.example") as host, recording(hub.port) as recorder:
        for number in range(20):
            host.run(["logger", "-t", "app", "-p", "user.warning", f"line {number} of a kept journal"])
        host.run(["logger", "--journald"], "MESSAGE=repeated and binary\nF=1\nF=2\nB=\x01\xe9\n")
        host.sync()
        recorder.token = token
        command: list[str | Path] = [
            *(BIN / "journalhub", "shipper", "--once", "--collector", f"http://127.0.0.1:{recorder.server_port}"),
            *("--state-dir", work / "state", "--directory", host.log_directory),
        ]
        with Program(command, work / "shipper.log") as program:
            assert program.process is not None
            assert program.process.wait(DEADLINE) == 0, program.log.read_text()
        return recorder.talk


def _wanted(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Everything but the trail and what lives with the process."""
    if Path(item.name).name.startswith(("audit.sqlite", "lock", "probe")):
        return None
    item.uid = item.gid = 0
    item.uname = item.gname = ""
    return item


if __name__ == "__main__":
    sys.exit(main())
