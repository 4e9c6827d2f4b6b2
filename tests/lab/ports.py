"""Ports for servers that tests start as processes of their own."""

import itertools
import os
import socket

_FIRST, _COUNT = 20_000, 12_000
"""Below Linux's range for outgoing connections (32768-60999), any of which could take a port before its server does."""

_WORKERS = 8
"""So many test processes beside each other have ports of their own: a port that is kept free while its server is down,
or until its server starts, is not given to another test meanwhile."""

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_next = itertools.count(os.getpid() * 97)
"""Runs beside each other begin at different places, and no port comes again soon."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago: for programs that must keep it across restarts."""
    own = _COUNT // _WORKERS
    for number in itertools.islice(_next, own):
        port = _FIRST + _worker * own + number % own
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: old connections are no server
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port is left")
