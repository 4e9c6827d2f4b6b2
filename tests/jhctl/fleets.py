"""Entries of a small fleet, made by hand."""

from collections.abc import Iterable, Sequence

from tests.output.journals import EPOCH, Field, timed_export_text

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser

SECOND = 1_000_000
HOSTS = ("db-1", "web-1", "web-2")
BOOTS = {host: f"{number}b" * 16 for number, host in enumerate(HOSTS)}
MACHINES = {host: f"{number}a" * 16 for number, host in enumerate(HOSTS)}


def entry(host: str, second: float, message: str, *more: Field) -> Entry:
    """One entry of a host, so many seconds after EPOCH."""
    return entries([(host, second, message, *more)])[0]


def entries(spoken: Iterable[Sequence[object]]) -> list[Entry]:
    """Entries given as (host, second, message, *fields), numbered on each host."""
    counted = dict.fromkeys(HOSTS, 0)
    parser = ExportParser()
    found: list[Entry] = []
    for host, second, message, *more in spoken:
        assert isinstance(host, str) and isinstance(second, int | float)
        counted[host] += 1
        fields: tuple[Field, ...] = (("_HOSTNAME", host), ("_MACHINE_ID", MACHINES[host]), ("MESSAGE", str(message)))
        at = EPOCH + int(second * SECOND)
        text = timed_export_text([(at, int((second + 10) * SECOND), BOOTS[host], (*fields, *more))])  # type: ignore[arg-type]
        seqnum_id = bytes([HOSTS.index(host) + 1]) * 16
        one = parser.feed(text)[0]
        found.append(one._replace(seqnum=counted[host], seqnum_id=seqnum_id))
    return found


def messages(output: bytes) -> list[str]:
    """What stands behind the prefix of each line of a short mode; other lines as they are."""
    lines = output.decode().splitlines()
    return [line if line.startswith("--") else line.partition(": ")[2] for line in lines]
