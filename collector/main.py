"""`journalhub collector`: from settings to a process that ends cleanly."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

from aiohttp import web

from journalhub.collector import console
from journalhub.collector.allocator import bound_memory
from journalhub.collector.hub import Hub
from journalhub.collector.limits import GC_THRESHOLDS, HEADER_BYTES, LINGER_SECONDS, SHUTDOWN_SECONDS, STATUS_SECONDS
from journalhub.collector.listening import CannotListenError, bind
from journalhub.collector.security import Security, SecurityError
from journalhub.collector.settings import Address, CollectorSettings, parse_address, read_settings
from journalhub.collector.store_access import (
    EXIT_IN_USE,
    EXIT_UNUSABLE,
    EXIT_VERSION,
    CannotOpenError,
    open_for_us,
)
from journalhub.journal import compiled
from journalhub.journal.notify import Notifier
from journalhub.store.contract import StoreError

log = logging.getLogger("journalhub.collector")


class Exit(IntEnum):
    """Exit codes, listed in docs/operations.md."""

    OK = 0
    FAILED = 1
    SETTINGS = 2
    CANNOT_LISTEN = 3
    DATA_IN_USE = EXIT_IN_USE
    DATA_VERSION = EXIT_VERSION
    DATA_UNUSABLE = EXIT_UNUSABLE


Faces = Callable[[web.Application, Hub], None]
"""Adds the routes of other rooms, which this one must not import."""


def run(argv: Sequence[str], faces: Faces, environ: Mapping[str, str] = os.environ) -> int:
    """Run a collector until SIGTERM or SIGINT; the exit code."""
    bound_memory()
    settings, warnings = read_settings("journalhub collector", argv, environ)
    console.set_up(environ)
    for warning in warnings:
        log.warning("%s", warning)
    notifier = Notifier(environ)
    try:
        security = Security(settings)
    except SecurityError as error:
        log.error("%s", error)
        return Exit.SETTINGS
    try:
        return _run_with(security, settings, faces, notifier)
    finally:
        security.close()


def _run_with(security: Security, settings: CollectorSettings, faces: Faces, notifier: Notifier) -> int:
    try:
        sockets = [pair for text in settings.listen for pair in bind(parse_address(text))]
    except CannotListenError as error:
        log.error("%s", error)
        return Exit.CANNOT_LISTEN
    try:
        return _run_on(sockets, security, settings, faces, notifier)
    finally:
        for one in sockets:
            one.close()


def _run_on(
    sockets: list[socket.socket], security: Security, settings: CollectorSettings, faces: Faces, notifier: Notifier
) -> int:
    try:
        store = open_for_us(settings.data_dir, notifier)
    except CannotOpenError as error:
        log.error("%s", error)
        return error.code
    try:
        hub = Hub(store, settings, security)
    except sqlite3.Error as error:
        store.close()
        log.error("cannot open the ledger in %s: %s; is the disk full, or the file not ours?", settings.data_dir, error)
        return Exit.DATA_UNUSABLE
    try:
        faces(hub.app, hub)
        _collect_seldom()
        asyncio.run(_serve(hub, sockets, notifier))
    except CannotListenError as error:
        log.error("%s", error)
        return Exit.CANNOT_LISTEN
    except StoreError as error:  # what another room keeps in the data directory
        log.error("%s", error)
        return Exit.DATA_UNUSABLE
    finally:
        hub.close()
    log.info("stopped; everything acknowledged is stored")
    return Exit.OK


def _collect_seldom() -> None:
    """Look for garbage in cycles seldom: hardly any is made, and each look goes through thousands of entries."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def make_runner(app: web.Application, settings: CollectorSettings) -> web.AppRunner:
    """The application with the collector's limits on connections and requests."""
    return web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,  # bodies are decompressed by their readers, with limits of their own
        keepalive_timeout=settings.idle_timeout,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
    )


async def _serve(hub: Hub, sockets: list[socket.socket], notifier: Notifier) -> None:
    """Serve until told to stop; then: no new connections, no new requests, commit what was taken."""
    settings, security = hub.settings, hub.security
    runner = make_runner(hub.app, settings)
    await runner.setup()
    assert runner.server is not None
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    protocol = hub.door.protocols(runner.server)
    servers: list[asyncio.Server] = []
    try:
        hub.start()
        tls = None if security.tls is None else security.tls.context
        servers = [await loop.create_server(protocol, sock=one, ssl=tls) for one in sockets]
        addresses = ", ".join(str(Address(*one.getsockname()[:2])) for one in sockets)
        how = f"{security.describe()}; {compiled.describe()}"
        log.info("listening on %s, data in %s; %s", addresses, settings.data_dir, how)
        notifier.ready(f"listening on {addresses}")
        loop.add_signal_handler(signal.SIGHUP, security.reload)
        watching = asyncio.create_task(security.watch())
        try:
            await _watch(hub, notifier, told)
        finally:
            watching.cancel()
        notifier.stopping("committing what has arrived")
    finally:
        for server in servers:
            server.close()
        await runner.cleanup()


async def _watch(hub: Hub, notifier: Notifier, told: asyncio.Event) -> None:
    """Tell the service manager how we are until told to stop. A stuck event loop stops telling, and is restarted."""
    pause = min(STATUS_SECONDS, notifier.watchdog_seconds or STATUS_SECONDS)
    while not told.is_set():
        notifier.watchdog()
        if notifier:
            notifier.status(await asyncio.to_thread(hub.status_line))
        try:
            async with asyncio.timeout(pause):
                await told.wait()
        except TimeoutError:
            continue
