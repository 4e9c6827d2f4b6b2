"""Runs inside a host: `writer.py COUNT PER_SECOND` sends numbered entries to journald by its native protocol."""

import os
import socket
import struct
import sys
import time

BATCH = 50
"""Entries between two looks at the clock."""


def main() -> None:
    """Send them, some with binary fields."""
    count, per_second = int(sys.argv[1]), int(sys.argv[2])
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.connect("/run/systemd/journal/socket")
    started = time.monotonic()
    for number in range(count):
        fields = {
            "MESSAGE": f"entry number {number} of many, word{number % 97}".encode(),
            "PRIORITY": b"%d" % (number % 8),
            "SYSLOG_IDENTIFIER": b"writer",
            "NUMBER": b"%d" % number,
        }
        if number % 10 == 0:
            fields["PAYLOAD"] = os.urandom(24) + b"\n\0"
        sock.send(b"".join(k.encode() + b"\n" + struct.pack("<Q", len(v)) + v + b"\n" for k, v in fields.items()))
        if number % BATCH == 0:
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))


main()
