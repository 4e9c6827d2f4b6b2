"""`/machine` and `/boots`: who speaks, and since when."""

import platform
import socket
from pathlib import Path

import orjson
from aiohttp import web

from journalhub.journal.jsonform import value_form
from journalhub.query.api.answers import JSON
from journalhub.query.api.service import Service
from journalhub.query.gatewayd.answers import Handler, SaidError, answered, body_answer
from journalhub.query.gatewayd.arguments import MACHINE_FIELDS, Arguments, parse_arguments
from journalhub.query.plan.boots import CountedBoot, count_boots
from journalhub.store.contract import Budget, Store

MACHINE_ID = Path("/etc/machine-id")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
CONTAINER = Path("/run/systemd/container")
"""Where a container manager says its name (https://systemd.io/CONTAINER_INTERFACE)."""

UNKNOWN_SYSTEM = "Linux"
UNKNOWN_VIRTUALIZATION = "bare"
"""What the stock program says of a system that it does not know."""


def machine_handler(service: Service) -> Handler:
    """The handler of /machine: the machine of the collector, or the one that is asked for, as its entries tell."""

    async def handle(request: web.Request) -> web.StreamResponse:
        arguments = _arguments(request)
        budget = Budget(service.sources.deadline)

        def answer() -> bytes:
            store = service.sources_for(request).store
            shown = _of_node(store, arguments) if arguments.matches else _of_collector(store)
            # The stock program's spelling: values are all text.
            return b"{ %b }\n" % b",".join(b"%b : %b" % (orjson.dumps(k), orjson.dumps(v)) for k, v in shown.items())

        return body_answer(await service.queries.run(request, budget, answer), JSON)

    return answered(handle)


def boots_handler(service: Service) -> Handler:
    """The handler of /boots: systemd 258's, the newest first, with the machine of each."""

    async def handle(request: web.Request) -> web.StreamResponse:
        arguments = _arguments(request)
        budget = Budget(service.sources.deadline)

        def answer() -> bytes:
            boots = service.sources_for(request).store.boots()
            counted = [one for one in count_boots(boots) if _is_of(one, arguments)]
            return b"".join(b"\x1e%b\n" % orjson.dumps(_boot(one)) for one in reversed(counted))

        return body_answer(await service.queries.run(request, budget, answer), "application/json-seq")

    return answered(handle)


def _arguments(request: web.Request) -> Arguments:
    try:
        return parse_arguments(request.rel_url.raw_query_string, fields=MACHINE_FIELDS)
    except ValueError as error:
        raise SaidError("Failed to parse URL arguments.") from error


def _is_of(counted: CountedBoot, arguments: Arguments) -> bool:
    return arguments.mean(counted.boot.hostname, counted.boot.machine_id)


def _boot(counted: CountedBoot) -> dict[str, object]:
    boot = counted.boot
    return {
        "index": counted.index,
        "boot_id": boot.boot_id.hex(),
        "first_entry": boot.first.realtime,
        "last_entry": boot.last.realtime,
        "hostname": value_form(boot.hostname),
        "machine_id": value_form(boot.machine_id),
    }


def _of_collector(store: Store) -> dict[str, str]:
    partitions = store.partitions()
    return {
        "machine_id": _read_id(MACHINE_ID, "machine"),
        "boot_id": _read_id(BOOT_ID, "boot"),
        "hostname": socket.gethostname(),
        "os_pretty_name": _system(),
        "virtualization": _virtualization(),
        "usage": _usage(store),
        "cutoff_from_realtime": str(min((partition.first.realtime for partition in partitions), default=0)),
        "cutoff_to_realtime": str(max((partition.last.realtime for partition in partitions), default=0)),
    }


def _of_node(store: Store, arguments: Arguments) -> dict[str, str]:
    """Of several machines that are meant, the one that spoke last."""
    boots = [boot for boot in store.boots() if arguments.mean(boot.hostname, boot.machine_id)]
    if not boots:
        raise SaidError("No entries of this machine are stored.", 404)
    newest = max(boots, key=lambda boot: boot.last)
    own = [boot for boot in boots if boot.machine_id == newest.machine_id]
    return {
        "machine_id": newest.machine_id.decode(errors="replace"),
        "boot_id": newest.boot_id.hex(),
        "hostname": newest.hostname.decode(errors="replace"),
        "os_pretty_name": UNKNOWN_SYSTEM,
        "virtualization": UNKNOWN_VIRTUALIZATION,
        "usage": _usage(store),
        "cutoff_from_realtime": str(min(boot.first.realtime for boot in own)),
        "cutoff_to_realtime": str(max(boot.last.realtime for boot in own)),
    }


def _usage(store: Store) -> str:
    """Bytes of everything stored; what one machine has of it cannot be told."""
    return str(sum(partition.bytes for partition in store.partitions()))


def _read_id(path: Path, what: str) -> str:
    try:
        return path.read_text().strip().replace("-", "")
    except OSError as error:
        raise SaidError(f"Failed to determine {what} ID: {error.strerror}", 500) from error


def _system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return UNKNOWN_SYSTEM
    return release.get("PRETTY_NAME") or release.get("NAME") or UNKNOWN_SYSTEM


def _virtualization() -> str:
    try:
        return CONTAINER.read_text().strip() or UNKNOWN_VIRTUALIZATION
    except OSError:
        return UNKNOWN_VIRTUALIZATION
