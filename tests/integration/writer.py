"""Runs inside a host: sends numbered entries to journald by its native protocol, as many as each line of stdin says.

Each block that is sent is answered with its number. A journald that is away is waited for.
"""

import os
import socket
import struct
import sys
import time

SOCKET = "/run/systemd/journal/socket"


def entry(number: int) -> bytes:
    """The datagram of one entry, every tenth with a binary field."""
    fields = {
        "MESSAGE": f"entry number {number} of many, word{number % 97}".encode(),
        "PRIORITY": b"%d" % (number % 8),
        "SYSLOG_IDENTIFIER": b"writer",
        "NUMBER": b"%d" % number,
    }
    if number % 10 == 0:
        fields["PAYLOAD"] = os.urandom(24) + b"\n\0"
    return b"".join(k.encode() + b"\n" + struct.pack("<Q", len(v)) + v + b"\n" for k, v in fields.items())


def main() -> None:
    """Send until stdin ends. A full socket makes us wait, as it makes every sender."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    number = 0
    for line in sys.stdin:
        for _ in range(int(line)):
            while True:
                try:
                    sock.sendto(entry(number), SOCKET)
                except (ConnectionRefusedError, FileNotFoundError):
                    time.sleep(0.01)  # journald is being started again
                else:
                    break
            number += 1
        print(int(line), flush=True)


main()
