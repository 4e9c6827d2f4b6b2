"""Ports for servers that tests start as processes of their own."""

import socket


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago: for programs that must keep it across restarts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
