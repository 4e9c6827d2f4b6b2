"""Journals of every kind that jhctl and journalctl are compared on."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.jhctl import corpus, wide
from tests.lab.archives import unpack
from tests.lab.journald import JournaldHost
from tests.output.journals import AWKWARD, EPOCH, SHARED, Field, export_text, make_journal, timed_export_text

from journalhub.journal.fields import PRIORITIES

SECOND = 1_000_000


def machine(directory: Path) -> Path:
    """Three boots of units, kernel and daemons."""
    return make_journal(directory / "machine", timed_export_text(corpus.entries()))


def everything(directory: Path) -> Path:
    """What machines rarely write: user units, core dumps, audit, binary and huge values; the clock is put forward."""
    return make_journal(directory / "everything", timed_export_text(wide.entries()))


def awkward(directory: Path) -> Path:
    """Messages that are hard to show."""
    return make_journal(directory / "awkward", export_text(AWKWARD))


def namespaces(directory: Path) -> Path:
    """A machine with three journal namespaces beside the default one, each with files of its own."""
    top = directory / "namespaces"
    top.mkdir()
    for number, name in enumerate(("", ".web", ".db", ".log")):
        made = make_journal(directory / f"namespace-{number}", timed_export_text(_namespace(number, name[1:])))
        (top / f"{corpus.MACHINE}{name}").mkdir()
        (made / "system.journal").rename(top / f"{corpus.MACHINE}{name}" / "system.journal")
    return top


def _namespace(number: int, name: str) -> Iterator[tuple[int, int, str, tuple[Field, ...]]]:
    """Every fourth of the corpus' entries, as that namespace has them."""
    for realtime, monotonic, boot, fields in list(corpus.entries())[number::4]:
        yield realtime, monotonic, boot, (*fields, *((("_NAMESPACE", name),) if name else ()))


def set_back(directory: Path) -> Path:
    """One boot of a machine whose clock is set back by an hour in the middle."""
    return make_journal(directory / "set-back", timed_export_text(_set_back()))


def _set_back() -> Iterator[tuple[int, int, str, tuple[Field, ...]]]:
    for number in range(40):
        message = f"{'before' if number < 20 else 'after'} {number}"
        fields: tuple[Field, ...] = (("_HOSTNAME", "db-1"), ("_MACHINE_ID", corpus.MACHINE), ("MESSAGE", message))
        more = (("SYSLOG_IDENTIFIER", f"app-{number % 3}"), ("PRIORITY", str(number % 8)), ("_PID", "7"))
        realtime = EPOCH + number * 60 * SECOND - (3600 * SECOND if number >= 20 else 0)
        yield realtime, (number + 1) * 60 * SECOND, corpus.BOOTS[0], (*fields, *more)


def real(directory: Path) -> Path:
    """A journal that a machine wrote over three boots: system and user files, rotated, an unclean end.

    Without the first file of a sequence, whose last entry journald wrote twice, into the next file, too: of such
    twins journalctl shows one or both, depending on whether there is a match.
    """
    journal = unpack(SHARED / "journals/kjournald-export/journal.tar.gz", directory) / "journal"
    (twin,) = journal.glob("*/system@c485fef5d17c4272a4a539c4e4708f9e-0000000000000191-*.journal")
    twin.unlink()
    return journal


def foreign(directory: Path) -> Path:
    """Journals of several versions of systemd, one of them cut off, one compact."""
    return unpack(SHARED / "journals/velociraptor/system.journal.zip", directory)


def live(make_host: Callable[..., JournaldHost]) -> Path:
    """What a running journald wrote over restarts of its host, with rotated files."""
    host = make_host("web-1.example")
    for boot in range(3):
        for number in range(25):
            priority = f"daemon.{PRIORITIES[number % 8]}"
            host.run(["logger", "-t", f"tag{number % 3}", "-p", priority, f"job {number} started\tin boot {boot}"])
        host.run(["systemd-cat", "-t", "trace", "-p", "err", "printf", "one\\n two\\n"])
        host.run(["logger", "--journald"], f"MESSAGE=a \x1b[1mfield\x1b[0m\nCUSTOM=value {boot}\nPRIORITY=2\n")
        host.sync()
        host.rotate()
        if boot < 2:
            host.reboot()
    return host.log_directory


MADE = {"machine": machine, "everything": everything, "awkward": awkward, "namespaces": namespaces}
"""By name: journals made of text."""

FOUND = {"real": real, "foreign": foreign}
"""By name: journals that others wrote."""
