"""`journalhub shipper`: reads this node's journal and streams it to a collector."""

import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from journalhub import __version__
from journalhub.journal.notify import Notifier
from journalhub.journal.settings import Setting, SettingsError, Values, load_or_exit
from journalhub.shipper import address, credentials, sources
from journalhub.shipper.checkpoint import Checkpoint
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.log import Log
from journalhub.shipper.rules import Rules, Wanted

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
    Setting("certificate", "path", None, "Show this certificate to the collector; enrolment's own without."),
    Setting("key", "path", None, "Its key, when it is not in the same file."),
    Setting("token-file", "path", None, "A file with a sender's token, for a collector that knows this node by one."),
    Setting(
        "include", "str", (), "Ship only entries that match this rule.", metavar="RULE", repeat=True, group="Rules"
    ),
    Setting(
        "exclude", "str", (), "Do not ship entries that match this rule.", metavar="RULE", repeat=True, group="Rules"
    ),
    Setting("max-age", "seconds", None, "Do not ship entries that are older.", low=1, group="Rules"),
    Setting(
        "rate-limit",
        "str",
        (),
        "Ship at most so many entries of each unit in a span of time: N/TIME, perhaps followed by a rule.",
        metavar="LIMIT",
        repeat=True,
        group="Rules",
    ),
    Setting(
        "redact",
        "str",
        (),
        "Blacken what a pattern finds before it leaves the node: secrets, email, ip, or FIELD /pattern/.",
        metavar="WHAT",
        repeat=True,
        group="Rules",
    ),
    Setting("once", "flag", False, "Ship all there is, wait for the last acknowledgement, and end.", flag_only=True),
    Setting("once-timeout", "seconds", 60.0, "With --once: give up after this long without progress.", low=0.1),
)

ABOUT = "Reads the journal by cursor and streams it to a collector."


def run(argv: Sequence[str]) -> int:
    """Run the shipper until it is told to end, or enrol this node. The exit code is one of errors.Exit."""
    if argv and argv[0] == "enroll":
        from journalhub.shipper.enroll import enroll

        return enroll(argv[1:], os.environ)
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
    try:
        Rules(rules_of(values), lambda: 0)
    except SettingsError as error:
        return str(error)
    return None


def rules_of(values: Values) -> Wanted:
    """What the settings leave out and blacken."""
    return Wanted(values["include"], values["exclude"], values["max-age"], values["rate-limit"], values["redact"])


def _run(values: Values, log: Log) -> int:
    # asyncio is most of the start time; --help and wrong settings need none of it.
    import asyncio

    from journalhub.shipper.daemon import Daemon, Wishes
    from journalhub.shipper.reload import Watched, keep_current
    from journalhub.shipper.renewal import keep_renewed
    from journalhub.shipper.report import Node
    from journalhub.shipper.uplink import Uplink

    collector = address.parse(values["collector"])
    selection = selection_of(values)
    found = sources.discover(selection)
    unreadable = sources.check(selection, found)
    if unreadable:
        log.warning("some journal files may not be read by this user", count=len(unreadable), first=unreadable[0])
    is_local = not (selection.directories or selection.files)
    machine_id = machine_id_of(selection, found)
    node = Node(
        machine_id,
        socket.gethostname(),
        is_local,
        lambda: sources.discover(selection),
        has_users=machine_id.hex() == selection.machine_id,
    )
    watched = Watched(_proofs(values))
    uplink = Uplink(collector, f"journalhub-shipper/{__version__}", proof_of(values, collector))
    checkpoint = Checkpoint(values["state-dir"])
    try:
        if checkpoint.warning:
            log.warning(checkpoint.warning)
        wishes = Wishes(values["once"], values["once-timeout"], rules_of(values))
        notifier = Notifier(os.environ)

        async def serve() -> tuple[Exit, str]:
            daemon = Daemon(selection, wishes, collector, uplink, checkpoint, node, log, notifier)
            beside = [
                keep_current(watched, lambda: uplink.use(proof_of(values, collector)), log),
                *([keep_renewed(values["state-dir"], uplink, log)] if values["certificate"] is None else []),
            ]
            tasks = list(map(asyncio.create_task, beside))
            try:
                return await daemon.run(), daemon.summary()
            finally:
                for task in tasks:
                    task.cancel()

        code, summary = asyncio.run(serve())
    finally:
        checkpoint.close()
    if wishes.once and code == Exit.OK:
        print(summary, flush=True)
    return code


def machine_id_of(selection: sources.Selection, found: Sequence[sources.Source]) -> bytes:
    """Of the machine whose journal it is: files of another machine name theirs in their headers."""
    is_local = not (selection.directories or selection.files)
    own = selection.machine_id if is_local else sources.machine_of(found) or selection.machine_id
    # A container may have no machine id; its name is then what tells it from others.
    return bytes.fromhex(own) if own else hashlib.sha256(socket.gethostname().encode()).digest()[:16]


def selection_of(values: Values) -> sources.Selection:
    """Which journals the settings name."""
    directories = tuple(map(str, values["directory"]))
    return sources.Selection(directories, values["file"], machine_id=sources.local_machine_id())


def proof_of(values: Values, collector: address.Address) -> credentials.Proof:
    """With what this node goes to the collector now. Raises ShipperError."""
    enrolled = credentials.enrolled(values["state-dir"]) if values["certificate"] is None else None
    token = None if values["token-file"] is None else credentials.read_token(values["token-file"])
    shown = values["certificate"] if enrolled is None else enrolled.node
    return credentials.Proof(
        tls_of(values, collector, enrolled),
        token,
        None if shown is None or not collector.secure else credentials.ends(shown),
    )


def _proofs(values: Values) -> list[Path]:
    """The files that `proof_of` reads."""
    named = (values[name] for name in ("ca-file", "certificate", "key", "token-file"))
    return [*(path for path in named if path is not None), *credentials.files_of(values["state-dir"])]


def tls_of(values: Values, collector: address.Address, proof: credentials.Enrolled | None) -> "ssl.SSLContext | None":
    """TLS towards the collector, as the settings and enrolment want it; None without. Raises ShipperError."""
    if not collector.secure:
        return None
    if proof is not None and values["ca-file"] is None:
        return credentials.enrolled_context(proof)
    return credentials.client_context(values["ca-file"], proof.node if proof else values["certificate"], values["key"])
