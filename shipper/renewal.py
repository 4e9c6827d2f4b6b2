"""A node's certificate is renewed while the shipper runs, long before it ends."""

import asyncio
import json
import time
from pathlib import Path

from journalhub.shipper import credentials
from journalhub.shipper.credentials import Enrolled
from journalhub.shipper.errors import ShipperError
from journalhub.shipper.log import Log
from journalhub.shipper.uplink import Uplink, UplinkError

LOOK_SECONDS = 600.0
"""Between two looks whether it is time, and between two attempts."""

PATH = "/api/v1/renew"


class RenewalError(Exception):
    """The hub gave no new certificate; the message says why."""


async def keep_renewed(state_dir: Path, uplink: Uplink, log: Log, look_seconds: float = LOOK_SECONDS) -> None:
    """Renew whenever it is due, until cancelled; `reload` takes the new files. A failure is logged, and tried again."""
    while True:
        try:
            files = credentials.enrolled(state_dir)  # perhaps anew, while this ran
            if files is not None and files.is_due(time.time_ns() // 1000):
                await renew(files, uplink)
                log.notice("this node's certificate was renewed")
        except (RenewalError, UplinkError, OSError, ShipperError) as error:
            log.warning("this node's certificate could not be renewed", why=str(error))
        await asyncio.sleep(look_seconds)


async def renew(files: Enrolled, uplink: Uplink) -> Enrolled:
    """Ask for another certificate, for a new key, with the present one. Raises RenewalError, UplinkError, OSError."""
    from journalhub.access.authority import new_request

    key, request = await asyncio.to_thread(new_request, "renewal")  # the hub puts the name in
    body = json.dumps({"request": request.decode()}).encode()
    answer = await uplink.request("POST", PATH, body, {"Content-Type": "application/json"})
    document = read_answer(answer.status, answer.body)
    return credentials.keep(
        files.directory.parent,
        files.hub,
        key=key,
        certificate=document["certificate"].encode(),
        authority=document["authority"].encode(),
        issued=time.time_ns() // 1000,
        expires=int(document["expires"]),
    )


def read_answer(status: int, body: bytes) -> dict[str, str]:
    """The document of a hub that has issued a certificate. Raises RenewalError with what it says otherwise."""
    try:
        document = json.loads(body)
        if status == 200 and {"certificate", "authority", "expires"} <= set(document):
            return dict(document)
        error = document["error"]
        raise RenewalError(f"{error['what']}; {error['do']}")
    except (ValueError, KeyError, TypeError) as error:
        raise RenewalError(f"the hub answered {status} without saying why; is it a Journalhub collector?") from error
