"""What journalctl has since systemd 252, against the journalctl of systemd 257."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jhctl import wide
from tests.jhctl.hub import TIMEOUT, Hub, environment, jhctl
from tests.lab.trees import NoTreeError, newer_journalctl
from tests.output.journals import JOURNAL_REMOTE, entries_of, make_journal, timed_export_text

pytestmark = pytest.mark.skipif(not JOURNAL_REMOTE.exists(), reason="needs systemd-journal-remote to write journals")

SECOND = "210e" * 8
CASES = f"""
--list-invocations -u ssh
--list-invocations -u ssh.service -n 2
--list-invocations -u ssh -r
--list-invocations -u ssh -b -1
--list-invocations -u ssh -o json
--list-invocations -u ssh -o json-pretty
--list-invocations -u ssh -q -n +2
--list-invocations -u ssh -n +2 -o json -r
--list-invocations --utc -u cron
--list-invocations
--list-invocations -u ssh -u cron
--list-invocations -u nope
--list-invocations -u ssh -t nope
--list-invocations -u ssh -p err -g accepted
--list-invocations -u ssh -S 2030-01-01
--list-invocations -u ssh --facility=kern
--list-invocations -u ssh -k
--list-invocations -u ssh -T ssh
--list-boots -q -T ssh -Tkernel
--invocation=-1 -u ssh -g accepted
--invocation=-1 -u ssh -p err -t nope
--list-invocations x
-I
-I -u ssh
-I -u nope
-I -u cron -b 1 -o cat
-I -u ssh -p 6 -n 2
-I -u cron -g a
-I -u ssh -S 2030-01-01
-I -u ssh -k
--invocation=-1 -u ssh
--invocation=1 -u ssh
--invocation 2 -u ssh -n 2
--invocation=20 -u ssh
--invocation=x -u ssh
--invocation=all -u ssh -n 3
--invocation={SECOND}
--invocation={SECOND} -u cron
--invocation={SECOND}+1 -u ssh
--invocation={SECOND}-1 -u ssh
--invocation={SECOND}+1
--list-boots -n 1
--list-boots -n +1
--list-boots -n +2 -o json
--list-boots -r -n 2
--list-boots -r -n +2
--list-boots -n 0
-n +5
-n +5 -u ssh
-n +5 -g a -o cat
-n +5 -r
-T ssh
--truncate-newline
--truncate-newline -a
--truncate-newline --no-full
--truncate-newline -o with-unit
--truncate-newline -o cat
--truncate-newline -x -n 30
-o short-delta
-o short-delta -u ssh -n 10
-x -n 40
-b +1 -n 3
-b 3 -n 1
-b 4
-b -3
--list-namespaces x
--disk-usage x
""".strip().splitlines()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wide corpus as a journal."""
    return make_journal(tmp_path_factory.mktemp("newer") / "machine", timed_export_text(wide.entries()))


@pytest.fixture(scope="module")
def hub(journal: Path) -> Iterator[Hub]:
    """A collector with the same entries."""
    with Hub(entries_of(journal)) as running:
        yield running


@pytest.fixture(scope="module")
def newer() -> list[str]:
    """The command of the newer journalctl."""
    try:
        return newer_journalctl()
    except NoTreeError as why:
        pytest.skip(str(why))


@pytest.mark.parametrize("line", CASES)
def test_newer_options_are_those_of_the_newer_journalctl(line: str, newer: list[str], hub: Hub, journal: Path) -> None:
    """The same bytes, the same status."""
    words = shlex.split(line)
    theirs = subprocess.run(
        [*newer, "--no-pager", "-D", journal, *words], env=environment(), capture_output=True, timeout=TIMEOUT
    )
    ours = jhctl(hub.url, *words)
    assert theirs.stdout.decode(errors="replace") == ours.stdout.decode(errors="replace")
    assert theirs.returncode == ours.returncode


def test_invocations_are_those_of_each_host(hub: Hub, journal: Path) -> None:
    """On a fleet -I is the latest of each host, and the table names the host."""
    entries = entries_of(journal)
    other = [
        entry._replace(
            seqnum_id=b"\x01" * 16,
            fields=tuple(
                {
                    "_HOSTNAME": (name, b"web-1"),
                    "_MACHINE_ID": (name, b"6b" * 16),
                    "_SYSTEMD_INVOCATION_ID": (name, b"f" + value[1:]),
                    "INVOCATION_ID": (name, b"f" + value[1:]),
                }.get(name, (name, value))
                for name, value in entry.fields
            ),
        )
        for entry in entries
    ]
    with Hub([*entries, *other]) as fleet:
        table = jhctl(fleet.url, "--list-invocations", "-u", "ssh", "-n", "1").stdout.decode().splitlines()
        latest = jhctl(fleet.url, "-I", "-u", "ssh", "-q").stdout.decode().splitlines()
    assert table[0].startswith("HOST  IDX INVOCATION ID ")
    assert [["db-1", "0", "320e" * 8], ["web-1", "0", "f20e" + "320e" * 7]] == [line.split()[:3] for line in table[1:]]
    one = jhctl(hub.url, "-I", "-u", "ssh", "-q").stdout.decode().splitlines()
    assert 2 * len(one) == len(latest) and {line[16:].split(" ")[0] for line in latest if " Started " in line} == {
        "db-1",
        "web-1",
    }


def test_users_and_namespaces_are_told_apart(hub: Hub) -> None:
    """--user, --system, --uid, --namespace and --list-namespaces go by fields."""
    user = jhctl(hub.url, "--user", "-q").stdout
    assert user and all(b" app[1234]: of a user's unit" in line for line in user.splitlines())
    everything = jhctl(hub.url, "-q").stdout.splitlines()
    system = jhctl(hub.url, "--system", "-q").stdout.splitlines()
    assert sorted(everything) == sorted([*system, *user.splitlines()])
    assert user == jhctl(hub.url, "--user", "-u", "app", "-q").stdout == jhctl(hub.url, "--uid=1000", "-q").stdout
    assert user == jhctl(hub.url, "--user-unit=app", "--uid=1000", "-q").stdout
    assert b"" == jhctl(hub.url, "--user-unit=app", "--uid=1001", "-q").stdout
    assert b"NAMESPACE\nweb\n" == jhctl(hub.url, "--list-namespaces").stdout
    assert b'[{"namespace":"web"}]\n' == jhctl(hub.url, "--list-namespaces", "-o", "json").stdout
    namespace = jhctl(hub.url, "--namespace=web", "-q").stdout
    assert namespace and all(b"Suppressed" in line for line in namespace.splitlines())


def test_what_only_the_collector_explains_is_asked_for(tmp_path: Path) -> None:
    """A catalog that lies beside the collector explains entries; the locale chooses its language."""
    catalogs = tmp_path / "catalog"
    catalogs.mkdir()
    (catalogs / "own.catalog").write_text(f"-- {'0e' * 16}\nSubject: Own\nDefined-By: us\n\nOf @UNIT@.\n")
    (catalogs / "own.de.catalog").write_text(f"-- {'0e' * 16}\nSubject: Eigenes\n\nVon @UNIT@.\n")
    text = timed_export_text(
        [(1_700_000_000_000_000, 1, wide.BOOTS[0], (("MESSAGE", "m"), ("MESSAGE_ID", "0e" * 16), ("UNIT", "a.b")))]
    )
    from journalhub.journal.export import ExportParser

    parser = ExportParser()
    with Hub([*parser.feed(text), *parser.finish()], catalogs=[catalogs]) as hub:
        english = jhctl(hub.url, "-x").stdout.decode()
        german = jhctl(hub.url, "-x", env={"LC_ALL": "de_DE.UTF-8"}).stdout.decode()
        listed = jhctl(hub.url, "--list-catalog", "0e" * 16).stdout.decode()
    assert english.endswith(" unknown: m\n░░ Subject: Own\n░░ Defined-By: us\n░░ \n░░ Of a.b.\n")
    assert german.endswith(" unknown: m\n░░ Subject: Eigenes\n░░ \n░░ Von a.b.\n")
    assert f"{'0e' * 16} us: Own\n" == listed
