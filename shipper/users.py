"""The names of this machine's users: entries carry numbers, and what a number is called is each machine's own."""

from pathlib import Path

from journalhub.shipper.limits import USERS_MAX

PASSWD = Path("/etc/passwd")
"""passwd(5). Not the name service: it may ask the network, and a shipper must not wait for that."""


def users(path: Path = PASSWD) -> list[tuple[int, str]]:
    """(uid, name) as the file has them, at most USERS_MAX; of two names of a uid the first. Empty without the file."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    named: dict[int, str] = {}
    for line in lines:
        name, _, rest = line.partition(":")
        uid = rest.partition(":")[2].partition(":")[0]
        # A "+" or "-" in front is an instruction to the name service.
        if name and name[0] not in "+-#" and uid.isascii() and uid.isdigit():
            named.setdefault(int(uid), name)
    return list(named.items())[:USERS_MAX]
