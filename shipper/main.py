"""`journalhub shipper`: reads this node's journal and streams it to a collector."""

import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from journalhub.journal.notify import Notifier
from journalhub.journal.settings import Setting, Values, load_or_exit
from journalhub.shipper import address, sources
from journalhub.shipper.checkpoint import Checkpoint
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.log import Log

if TYPE_CHECKING:
    import ssl

PROG = "journalhub shipper"
CONFIG = Path("/etc/journalhub/shipper.toml")

SETTINGS = (
    Setting("collector", "str", None, "Address of the collector: http://HOST:19532, or https.", metavar="URL"),
    Setting(
        "directory", "path", (), "Read the journals below this directory instead of this machine's own.", repeat=True
    ),
    Setting(
        "file", "str", (), "Read the journal files that match this pattern (quote it).", metavar="GLOB", repeat=True
    ),
    Setting("state-dir", "path", Path("/var/lib/journalhub/shipper"), "Where it remembers what the collector has."),
    Setting("ca-file", "path", None, "Certificates to check an https collector's against; the system's without."),
    Setting("once", "flag", False, "Ship all there is, wait for the last acknowledgement, and end.", flag_only=True),
    Setting("once-timeout", "seconds", 60.0, "With --once: give up after this long without progress.", low=0.1),
)

ABOUT = "Reads the journal by cursor and streams it to a collector."


def run(argv: Sequence[str]) -> int:
    """Run the shipper until it is told to end. The exit code is one of errors.Exit."""
    values = load_or_exit(PROG, SETTINGS, argv, os.environ, about=ABOUT, default_file=CONFIG, checks=(_contradiction,))
    log = Log()
    for warning in values.warnings:
        log.warning(warning)
    try:
        return _run(values, log)
    except ShipperError as error:
        log.status_line.clear()
        log.err(str(error), exit_code=int(error.code))
        return error.code


def _contradiction(values: Values) -> str | None:
    if not values["collector"]:
        return "no collector: give --collector http://HOST:19532, or JOURNALHUB_COLLECTOR, or `collector` in the file"
    if values["directory"] and values["file"]:
        return "--directory and --file exclude each other: a pattern may name files of several directories"
    return None


def _run(values: Values, log: Log) -> int:
    # asyncio is most of the start time; --help and wrong settings need none of it.
    import asyncio

    from journalhub.shipper.daemon import Daemon, Wishes
    from journalhub.shipper.report import Node, program_version
    from journalhub.shipper.uplink import Uplink

    collector = address.parse(values["collector"])
    selection = sources.Selection(
        tuple(map(str, values["directory"])), values["file"], machine_id=sources.local_machine_id()
    )
    found = sources.discover(selection)
    unreadable = sources.check(selection, found)
    if unreadable:
        log.warning("some journal files may not be read by this user", count=len(unreadable), first=unreadable[0])
    is_local = not (selection.directories or selection.files)
    node = Node(
        _machine_id(selection, found, is_local),
        socket.gethostname(),
        is_local,
        lambda: sources.newest(sources.discover(selection)),
    )
    uplink = Uplink(collector, f"journalhub-shipper/{program_version()}", _tls(values, collector))
    checkpoint = Checkpoint(values["state-dir"])
    try:
        if checkpoint.warning:
            log.warning(checkpoint.warning)
        wishes = Wishes(values["once"], values["once-timeout"])
        notifier = Notifier(os.environ)

        async def serve() -> tuple[Exit, str]:
            daemon = Daemon(selection, wishes, collector, uplink, checkpoint, node, log, notifier)
            return await daemon.run(), daemon.summary()

        code, summary = asyncio.run(serve())
    finally:
        checkpoint.close()
    if wishes.once and code == Exit.OK:
        print(summary, flush=True)
    return code


def _machine_id(selection: sources.Selection, found: Sequence[sources.Source], is_local: bool) -> bytes:
    """Of the machine whose journal it is: files of another machine name theirs in their headers."""
    own = selection.machine_id if is_local else sources.machine_of(found) or selection.machine_id
    # A container may have no machine id; its name is then what tells it from others.
    return bytes.fromhex(own) if own else hashlib.sha256(socket.gethostname().encode()).digest()[:16]


def _tls(values: Values, collector: address.Address) -> "ssl.SSLContext | None":
    if not collector.secure:
        return None
    import ssl

    try:
        return ssl.create_default_context(cafile=values["ca-file"])
    except OSError as error:  # ssl.SSLError is one
        raise ShipperError(
            Exit.USAGE, f"cannot use --ca-file {values['ca-file']}: {error.strerror or error}"
        ) from error
