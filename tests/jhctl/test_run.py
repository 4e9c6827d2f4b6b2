"""jhctl as a process: status, stdout and stderr for what can go wrong, and for what is ours alone."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.jhctl import corpus
from tests.jhctl.fakes import FakeServer, answer, chunked
from tests.jhctl.hub import JHCTL, TIMEOUT, Hub, environment, jhctl, unused_port
from tests.output.journals import timed_export_text

from journalhub.journal.entry import Entry
from journalhub.journal.export import ExportParser
from journalhub.query.jhctl import failures, stream
from journalhub.query.jhctl.address import parse
from journalhub.query.jhctl.client import Response
from journalhub.query.jhctl.request import read

EXPORT = "application/vnd.fdo.journal"
JSON = "application/json"


def machine_entries() -> list[Entry]:
    """The corpus as entries."""
    parser = ExportParser()
    return [*parser.feed(timed_export_text(corpus.entries())), *parser.finish()]


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A collector with the entries of one machine."""
    with Hub(machine_entries()) as running:
        yield running


def failed(url: str, *words: str) -> tuple[int, str]:
    """Status and stderr of a run that prints nothing on stdout."""
    done = jhctl(url, *words)
    assert b"" == done.stdout
    return done.returncode, done.stderr.decode()


def test_a_collector_that_is_down_is_told() -> None:
    """One line with the address and what to do."""
    url = f"http://127.0.0.1:{unused_port()}"
    status, said = failed(url)
    assert failures.NO_ANSWER == status
    assert (
        f"jhctl: cannot reach the collector at {url}: Connection refused; is it running? set --collector URL\n" == said
    )


@pytest.mark.parametrize(
    ("bytes_sent", "status", "message"),
    [
        (answer("200 OK", "text/html", b"<html>"), failures.NO_ANSWER, "answers, but not as a collector"),
        (answer("404 Not Found", "text/html", b"<html>"), failures.NO_ANSWER, "answers, but not as a collector"),
        (answer("302 Found", "text/html", b""), failures.NO_ANSWER, "answers, but not as a collector"),
        (answer("404 Not Found", JSON, b"[]"), failures.NO_ANSWER, "answers, but not as a collector"),
        (answer("401 Unauthorized", "text/plain", b""), failures.REFUSED, "wants credentials"),
        (answer("502 Bad Gateway", "text/html", b""), failures.REFUSED, "does not answer (status 502)"),
        (
            answer("503 Service Unavailable", JSON, b'{"error": {"what": "busy", "do": "come later"}}'),
            failures.REFUSED,
            "refuses (503): busy; come later",
        ),
        (
            answer("400 Bad Request", JSON, b'{"error": {"what": "evil \\u001b[31m", "where": "x", "do": ""}}'),
            failures.FAILURE,
            "jhctl: evil  [31m\n",
        ),
        (b"", failures.NO_ANSWER, "the connection ended early"),
        (b"220 mail ESMTP\r\n", failures.NO_ANSWER, "does not speak HTTP"),
    ],
)
def test_what_is_no_collector_is_told(bytes_sent: bytes, status: int, message: str) -> None:
    """One line, and a status that tells the cases apart."""
    with FakeServer(bytes_sent) as server:
        got, said = failed(server.url)
    assert (status, 1) == (got, said.count("\n"))
    assert message in said


ENTRY = timed_export_text([next(entry for entry in corpus.entries() if "MESSAGE" in dict(entry[3]))])


PRINTED = ("", "-r", "-ojson")
"""What a collector prints itself."""

PARSED = ("-n5", "-oshort-delta", "-oshort-delta -r", "--show-cursor")
"""What is printed here."""

CUT_OFF = b"%x\r\n%b\r\n" % (len(ENTRY), ENTRY)
LATE = CUT_OFF + b"0\r\nJournalhub-Partial: deadline of 9 s\r\n\r\n"
WITHIN = b"%x\r\n%bMESSAGE\r\n0\r\n\r\n" % (len(ENTRY) + 7, ENTRY)


@pytest.mark.parametrize(
    ("words", "body", "message"),
    [
        *((words, CUT_OFF, "is incomplete: the connection ended early") for words in (*PRINTED, *PARSED, "-oexport")),
        *((words, LATE, "deadline of 9 s") for words in (*PRINTED, *PARSED, "-oexport")),
        *((words, WITHIN, "the text ends within a field") for words in PARSED),
    ],
)
def test_a_partial_answer_is_shown_and_told(words: str, body: bytes, message: str) -> None:
    """What came is printed, stderr says what is missing, and the status is one of its own."""
    with FakeServer(chunked("text/plain" if words in PRINTED else EXPORT, body)) as server:
        done = jhctl(server.url, *words.split())
    assert (failures.PARTIAL, True) == (done.returncode, b"db-1" in done.stdout)
    assert message in done.stderr.decode()


@pytest.mark.parametrize("words", PRINTED)
def test_a_collector_too_old_to_print_gives_the_entries(words: str) -> None:
    """They are printed here."""
    error = {"what": "format is 'journalctl'", "where": "format", "do": "give one of export, json, short, short-iso"}
    refusal = answer("400 Bad Request", JSON, json.dumps({"error": error}).encode())
    body = CUT_OFF + b"0\r\n\r\n"
    with FakeServer(chunked(EXPORT, body), instead=(b"format=journalctl", refusal)) as server:
        done = jhctl(server.url, *words.split())
    assert (0, True, b"") == (done.returncode, b"db-1" in done.stdout, done.stderr)
    assert 2 == len(server.requests)


def test_a_query_that_is_not_understood_points_at_the_place(hub: Hub) -> None:
    """The pattern of --grep with a caret below where it breaks, and journalctl's status."""
    status, said = failed(hub.url, "-g", "abc(def")
    assert (1, "  abc(def", "  " + " " * 7 + "^") == (status, *said.splitlines()[1:])


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("-H", "nope"), failures.BAD_QUERY, "no host matches 'nope'; known hosts: db-1"),
        (("-u", "nope*"), failures.FAILURE, "Failed to add filter for units: No data available"),
        (
            ("-b", "-9"),
            failures.FAILURE,
            "Data from the specified boot (-9) is not available: No such boot ID in journal",
        ),
        (("-p", "loud"), failures.FAILURE, "Unknown log level loud"),
        (("-p", "err..loud"), failures.FAILURE, "Failed to parse log level range err..loud"),
        (("--facility=nope",), failures.FAILURE, 'Bad --facility= argument "nope".'),
        (("nonsense",), failures.FAILURE, "not a match: 'nonsense'"),
        (("+",), failures.FAILURE, '"+" can only be used between terms'),
        (("A=b", "+"), failures.FAILURE, '"+" can only be used between terms'),
        (("-c", "nonsense"), failures.FAILURE, "not a cursor: 'nonsense'"),
        (("-S", "gaga"), failures.FAILURE, "Failed to parse timestamp: gaga"),
        (("--update-catalog",), failures.FAILURE, "--update-catalog is refused"),
        (("--collector=hub",), failures.FAILURE, "not a collector's URL: 'hub'"),
        (("--cursor-file=/",), failures.FAILURE, "Failed to read cursor file /"),
    ],
)
def test_what_makes_no_sense_is_told(hub: Hub, words: tuple[str, ...], status: int, message: str) -> None:
    """One line on stderr, nothing on stdout."""
    got, said = failed(hub.url, *words)
    assert (status, 1) == (got, said.count("\n"))
    assert said.startswith(f"jhctl: {message}")


def test_a_text_that_is_no_query_is_searched_and_told(hub: Hub) -> None:
    """stderr says how --search was read; -q does not."""
    done = jhctl(hub.url, "--search", "Traceback (most (")
    assert (0, b"-- No entries --\n") == (done.returncode, done.stdout)
    assert done.stderr.startswith(b"jhctl: --search is taken as text, not as a query: ")
    assert b"" == jhctl(hub.url, "-q", "--search", "Traceback (most (").stderr


def test_what_changes_nothing_is_taken(hub: Hub) -> None:
    """--machine is --host, and what the options of a local journal mean is so anyway."""
    plain = jhctl(hub.url, "-n", "5").stdout
    assert plain == jhctl(hub.url, "-n", "5", "-M", "db-*").stdout
    assert plain == jhctl(hub.url, "-n", "5", "--synchronize-on-exit=no").stdout
    assert failures.BAD_QUERY == jhctl(hub.url, "-M", "no-such-host").returncode


def test_a_new_id_is_as_systemd_prints_it(hub: Hub) -> None:
    """--new-id128 asks nobody, and prints the id in the forms that systemd 252 has."""
    theirs = subprocess.run(["journalctl", "--new-id128"], capture_output=True, env=environment(), check=True).stdout
    ours = jhctl("http://127.0.0.1:1", "--new-id128").stdout
    forms = [re.sub(rb"[0-9a-f]{2}", b"00", text) for text in (theirs, ours)]
    assert forms[0] == forms[1] and theirs != ours


def test_search_finds(hub: Hub) -> None:
    """--search goes together with journalctl's options."""
    done = jhctl(hub.url, "--search", "timeout host=db-1", "-u", "ssh", "-o", "cat")
    lines = done.stdout.decode().splitlines()
    assert lines and all("timeout" in line for line in lines)
    assert b"" == done.stderr


def test_excludes_hide(hub: Hub) -> None:
    """-T and --exclude-unit leave entries out, in every mode."""
    shown = jhctl(hub.url, "-o", "json", "-T", "ssh", "--exclude-unit", "cron").stdout.decode().splitlines()
    names = {json.loads(line).get("SYSLOG_IDENTIFIER") for line in shown}
    assert (False, False, True) == ("ssh" in names, "cron" in names, "nginx" in names)


def test_the_oldest_entries_are_shown(hub: Hub) -> None:
    """-n +N shows the beginning."""
    everything = jhctl(hub.url, "-o", "export").stdout
    assert b"\n\n".join(everything.split(b"\n\n")[:3]) + b"\n\n" == jhctl(hub.url, "-o", "export", "-n", "+3").stdout


def test_a_cursor_that_is_gone_goes_to_the_nearest_entry(hub: Hub) -> None:
    """As journalctl, which goes on from the time of the cursor, and never fails."""
    cursor = json.loads(jhctl(hub.url, "-o", "json", "-n", "5").stdout.splitlines()[2])["__CURSOR"]
    gone = cursor.replace("s=f", "s=e")
    assert jhctl(hub.url, "-c", cursor).stdout == jhctl(hub.url, "-c", gone).stdout
    assert jhctl(hub.url, "-c", cursor, "-r").stdout == jhctl(hub.url, "-c", gone, "-r").stdout


def test_a_cursor_file_continues(hub: Hub, tmp_path: Path) -> None:
    """The second run shows what the first has not, the third nothing."""
    option = f"--cursor-file={tmp_path / 'cursor'}"
    everything = jhctl(hub.url, "-o", "cat").stdout
    first = jhctl(hub.url, "-o", "cat", "-n", "+7", option).stdout
    second = jhctl(hub.url, "-o", "cat", option).stdout
    assert everything == first + second
    assert b"" == jhctl(hub.url, "-o", "cat", option).stdout


class Listener:
    """Hears of everything, and does nothing."""

    def began(self, response: Response) -> None:
        """Nothing."""

    def received(self, size: int) -> None:
        """Nothing."""

    def searched(self, told: bytes) -> None:
        """Nothing is searched for."""


def test_many_lines_are_turned_round_in_constant_memory(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """-n with more entries than are held asks twice, and gives the same."""
    request = read(["-n", "50"], {}, lambda text: 0)
    held = list(stream.entries(parse(hub.url), request, Listener()))
    monkeypatch.setattr(stream, "LINES_HELD", 10)
    assert (50, held) == (len(held), list(stream.entries(parse(hub.url), request, Listener())))


def test_several_machines_are_told_apart() -> None:
    """Boots are followed machine by machine, and --list-boots names the host."""
    entries = machine_entries()
    other = [
        entry._replace(
            seqnum_id=b"\x01" * 16,
            boot_id=bytes(reversed(entry.boot_id[:15])) + b"\x77",
            fields=tuple(
                {"_HOSTNAME": (name, b"web-1"), "_MACHINE_ID": (name, b"6b" * 16)}.get(name, (name, value))
                for name, value in entry.fields
            ),
        )
        for entry in entries
    ]
    with Hub([*entries, *other]) as fleet:
        lines = jhctl(fleet.url).stdout.decode().splitlines()
        table = jhctl(fleet.url, "--list-boots").stdout.decode().splitlines()
        rows = json.loads(jhctl(fleet.url, "--list-boots", "-o", "json").stdout)
    assert 4 == sum(line.startswith("-- Boot ") for line in lines)
    assert "HOST  IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY" == table[0]
    assert ["db-1 ", "web-1"] == sorted({line[:5] for line in table[1:]})
    assert {"db-1", "web-1"} == {row["hostname"] for row in rows}


def test_a_reader_that_goes_away_is_no_error(hub: Hub) -> None:
    """`jhctl | head -1` ends by the signal, as journalctl, without a word."""
    command = [*JHCTL, f"--collector={hub.url}", "-o", "verbose"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert b"" == process.stderr.read()
        assert process.wait(TIMEOUT) in (0, -13)


def test_a_full_disk_is_told(hub: Hub) -> None:
    """An output that cannot be written is one line, not a traceback."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*JHCTL, f"--collector={hub.url}"], env=environment(), stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT
        )
    assert (1, b"jhctl: cannot write: No space left on device\n") == (done.returncode, done.stderr)


def test_names_and_values_are_listed(hub: Hub) -> None:
    """-N and -F list what there is, sorted; both honour the selection, -F also -n."""
    names = jhctl(hub.url, "-N").stdout.decode().split()
    some = jhctl(hub.url, "-N", "-u", "ssh").stdout.decode().split()
    assert "BLOB" in names and "BLOB" not in some and "_SYSTEMD_UNIT" in some
    assert names == sorted(names) and "_SYSTEMD_UNIT" in names
    units = jhctl(hub.url, "-F", "_SYSTEMD_UNIT").stdout.decode().split()
    assert units == sorted(units) and "ssh.service" in units
    assert units[:2] == jhctl(hub.url, "-F", "_SYSTEMD_UNIT", "-n", "2").stdout.decode().split()
    assert ["ssh.service"] == jhctl(hub.url, "-F", "_SYSTEMD_UNIT", "_SYSTEMD_UNIT=ssh.service").stdout.decode().split()
    assert [] == jhctl(hub.url, "-F", "NO_SUCH_FIELD").stdout.decode().split()


def test_the_environment_names_the_collector(hub: Hub) -> None:
    """JOURNALHUB_COLLECTOR is used where --collector is not given."""
    done = subprocess.run(
        [*JHCTL, "-n1", "-o", "cat"],
        env=environment(JOURNALHUB_COLLECTOR=hub.url),
        capture_output=True,
        timeout=TIMEOUT,
    )
    assert (0, b"") == (done.returncode, done.stderr) and done.stdout


NEEDED = frozenset(
    (
        *("_collections", "_datetime", "_functools", "_operator", "_socket", "_sre", "_typing", "array", "collections"),
        *(
            "collections.abc",
            "contextlib",
            "copyreg",
            "datetime",
            "enum",
            "errno",
            "functools",
            "itertools",
            "keyword",
            "math",
        ),
        *("operator", "re", "re._casefix", "re._compiler", "re._constants", "re._parser", "reprlib", "select"),
        *("selectors", "signal", "socket", "types", "typing", "typing.io", "typing.re", "warnings"),
    )
)
"""What a query may import of Python beside what Python itself does at its start: each module is time that one waits."""

OURS_MAX = 45
"""Modules of ours that a query may import."""


def test_nothing_is_imported_that_a_query_does_not_need(hub: Hub) -> None:
    """A query loads neither the server's libraries nor the slow parts of Python's own."""
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import journalhub.query.jhctl.__main__ as m\n"
        f"m.run(['--collector={hub.url}', '-n', '10'])\n"
        "sys.stderr.write(' '.join(set(sys.modules) - before))"
    )
    python = [*JHCTL[:1], "-c", script]
    done = subprocess.run(python, env=environment(), capture_output=True, timeout=TIMEOUT, check=True)
    imported = done.stderr.decode().split()
    ours = [name for name in imported if name.partition(".")[0] == "journalhub"]
    assert [] == sorted(set(imported) - set(ours) - NEEDED)
    assert len(ours) <= OURS_MAX, sorted(ours)
    assert os.linesep.encode() in done.stdout


@pytest.mark.parametrize("mode", ["json", "verbose", "export", "cat"])
def test_fields_that_no_entry_can_have_are_not_there(hub: Hub, mode: str) -> None:
    """--output-fields with a name that is none prints entries without it, as journalctl."""
    done = jhctl(hub.url, "-n", "2", "-o", mode, "--output-fields=nonsense")
    assert (0, b"", mode == "cat") == (done.returncode, done.stderr, b"" == done.stdout)
    assert b"MESSAGE" not in done.stdout
