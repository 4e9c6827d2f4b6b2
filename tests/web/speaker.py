"""Runs inside a host: sends what stdin says to journald by its native protocol, one JSON object of fields a line."""

import json
import socket
import struct
import sys


def main() -> None:
    """Send until stdin ends. A full socket makes us wait, as it makes every sender."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald:
        journald.connect("/run/systemd/journal/socket")
        for line in sys.stdin:
            fields = {name: value.encode() for name, value in json.loads(line).items()}
            journald.send(
                b"".join(b"%s\n%s%s\n" % (k.encode(), struct.pack("<Q", len(v)), v) for k, v in fields.items())
            )


main()
