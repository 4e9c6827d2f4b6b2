"""`journalhub shipper enroll URL TOKEN`: this node gets a certificate from the hub that the token names, and starts."""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from journalhub import __version__
from journalhub.journal.durable import write_atomically
from journalhub.shipper import address, credentials, sources
from journalhub.shipper.credentials import Proof
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.main import CONFIG, SETTINGS
from journalhub.shipper.renewal import RenewalError, read_answer
from journalhub.shipper.uplink import Uplink, UplinkError

UNIT = "journalhub-shipper.service"
STATE_DIR: Path = next(setting.default for setting in SETTINGS if setting.name == "state-dir")


def enroll(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; the exit code is one of errors.Exit."""
    parser = argparse.ArgumentParser(
        prog="journalhub shipper enroll",
        description="Get a certificate for this node, and start the shipper. The hub prints the whole line: "
        "journalhub enroll --create-token",
        allow_abbrev=False,
    )
    parser.add_argument("url", metavar="URL", help="the hub's address, https://HOST:19532")
    parser.add_argument("token", metavar="TOKEN", help="what journalhub enroll --create-token printed")
    parser.add_argument("--state-dir", type=Path, default=Path(environ.get("JOURNALHUB_STATE_DIR") or STATE_DIR))
    parser.add_argument("--hostname", default=socket.gethostname(), help="this node's name (default: the machine's)")
    parser.add_argument("--no-start", action="store_true", help="write the files only")
    arguments = parser.parse_args(argv)
    try:
        machine_id = sources.local_machine_id()
        if not machine_id:
            raise ShipperError(Exit.USAGE, "this machine has no /etc/machine-id: run systemd-machine-id-setup")
        asyncio.run(_enrol(arguments, machine_id))
        print(f"enrolled {arguments.hostname} at {arguments.url}; the key is in {arguments.state_dir}")
        return Exit.OK if arguments.no_start else _start(arguments)
    except (ShipperError, RenewalError, UplinkError, OSError) as error:
        print(f"journalhub shipper enroll: {error}", file=sys.stderr)
        return error.code if isinstance(error, ShipperError) else Exit.FAILED


async def _enrol(arguments: argparse.Namespace, machine_id: str) -> None:
    from journalhub.access.authority import new_request

    hub = address.parse(arguments.url)
    pinned = arguments.token.rpartition("_")[2]
    if not hub.secure or len(pinned) != 64:
        raise ShipperError(Exit.USAGE, "want https://HOST:PORT and a whole enrolment token, as the hub printed them")
    authority = await fetch_authority(hub, pinned)
    context = ssl.create_default_context(cadata=authority.decode())
    key, request = new_request(arguments.hostname)
    body = {
        "token": arguments.token,
        "request": request.decode(),
        "hostname": arguments.hostname,
        "machine_id": machine_id,
    }
    uplink = Uplink(hub, _agent(), Proof(context))
    try:
        headers = {"Content-Type": "application/json"}
        answer = await uplink.request("POST", "/api/v1/enroll", json.dumps(body).encode(), headers)
    finally:
        uplink.close()
    document = read_answer(answer.status, answer.body)
    credentials.keep(
        arguments.state_dir,
        str(hub),
        key=key,
        certificate=document["certificate"].encode(),
        authority=authority,
        issued=time.time_ns() // 1000,
        expires=int(document["expires"]),
    )


async def fetch_authority(hub: address.Address, pinned: str) -> bytes:
    """The certificate of the hub's authority, whose fingerprint must be the one in the token. Raises ShipperError.

    Nothing is believed of this connection, and nothing secret is sent on it: whoever answers can only give the
    certificate that the token names, or be found out.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    uplink = Uplink(hub, _agent(), Proof(context))
    try:
        answer = await uplink.request("GET", "/api/v1/authority")
    finally:
        uplink.close()
    try:
        der = ssl.PEM_cert_to_DER_cert(answer.body.decode("ascii").strip())
    except ValueError as error:
        raise ShipperError(
            Exit.REFUSED, f"{hub} has no authority of its own (status {answer.status}); run `journalhub ca init` on it"
        ) from error
    found = hashlib.sha256(der).hexdigest()
    if found != pinned:
        raise ShipperError(
            Exit.REFUSED,
            f"{hub} is not the hub that made the token: its authority is {found[:16]}, not {pinned[:16]}; "
            "somebody may be in between",
        )
    return answer.body


def _start(arguments: argparse.Namespace) -> int:
    """Set the collector's address, and start the service where it is installed; else say what to run."""
    if arguments.state_dir != STATE_DIR or os.geteuid() != 0 or not _is_installed():
        print(f"start it: journalhub shipper --collector {arguments.url} --state-dir {arguments.state_dir}")
        return Exit.OK
    if CONFIG.exists():
        print(f"{CONFIG} stays as it is: see that it says collector = {json.dumps(arguments.url)}")
    else:
        CONFIG.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(CONFIG, f"collector = {json.dumps(arguments.url)}\n".encode(), mode=0o644)
    done = subprocess.run(["systemctl", "enable", "--now", UNIT], capture_output=True, text=True)
    if done.returncode != 0:
        raise ShipperError(Exit.FAILED, f"enrolled, but cannot start {UNIT}: {done.stderr.strip()}")
    print(f"started {UNIT}")
    return Exit.OK


def _is_installed() -> bool:
    if shutil.which("systemctl") is None:
        return False
    return subprocess.run(["systemctl", "cat", UNIT], capture_output=True).returncode == 0


def _agent() -> str:
    return f"journalhub-shipper/{__version__}"
