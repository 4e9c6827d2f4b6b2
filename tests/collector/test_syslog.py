"""Syslog: how messages are read, and real senders to a real collector."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.integration.programs import BIN, DEADLINE, ENVIRONMENT, Collector, wait_until
from tests.lab.ports import free_port

from journalhub.collector.syslog.framing import MESSAGE_MAX, Deframer, FramingError
from journalhub.collector.syslog.message import parse


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (
            b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed",
            {
                "PRIORITY": b"2",
                "SYSLOG_FACILITY": b"4",
                "_HOSTNAME": b"mymachine.example.com",
                "SYSLOG_IDENTIFIER": b"su",
                "SYSLOG_MSGID": b"ID47",
                "_SOURCE_REALTIME_TIMESTAMP": b"1065910455003000",
                "MESSAGE": b"'su root' failed",
            },
        ),
        (
            b'<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 evntslog 8710 - [exampleSDID@32473 iut="3" '
            b'eventSource="App\\"lication\\]"][empty@1] An application event',
            {
                "SYSLOG_PID": b"8710",
                "SD_EXAMPLESDID_IUT": b"3",
                "SD_EXAMPLESDID_EVENTSOURCE": b'App"lication]',
                "SD_EMPTY": b"1",
                "MESSAGE": b"An application event",
            },
        ),
        (b"<13>1 - - - - - -", {"MESSAGE": b"", "_HOSTNAME": b"192.0.2.9"}),
        (
            b"<34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed",
            {
                "_HOSTNAME": b"mymachine",
                "SYSLOG_IDENTIFIER": b"su",
                "SYSLOG_PID": b"231",
                "SYSLOG_TIMESTAMP": b"Oct 11 22:14:15",
                "MESSAGE": b"'su root' failed",
            },
        ),
        (
            b"<14>Oct  1 02:04:05 cron: no host here",
            {"_HOSTNAME": b"192.0.2.9", "SYSLOG_IDENTIFIER": b"cron", "MESSAGE": b"no host here"},
        ),
        (
            b"<14>2026-11-27T10:00:00.5+01:00 sw-1 kernel: link up",
            {"_HOSTNAME": b"sw-1", "_SOURCE_REALTIME_TIMESTAMP": b"1795770000500000", "MESSAGE": b"link up"},
        ),
        (b"<14>app: only a tag", {"SYSLOG_IDENTIFIER": b"app", "MESSAGE": b"only a tag"}),
        (b"<14>%LINK-3-UPDOWN: Interface up", {"SYSLOG_IDENTIFIER": b"%LINK-3-UPDOWN", "MESSAGE": b"Interface up"}),
        (b"no priority at all", {"PRIORITY": b"5", "SYSLOG_FACILITY": b"1", "MESSAGE": b"no priority at all"}),
        (b"<999>too much", {"PRIORITY": b"5", "MESSAGE": b"<999>too much"}),
        (b"<14>", {"PRIORITY": b"6", "MESSAGE": b""}),
        (
            b"<14>1 2003-10-11T22:14:15Z h a p i [broken text",
            {"MESSAGE": b"1 2003-10-11T22:14:15Z h a p i [broken text"},
        ),
        (b"<14>\xff\x00 bytes", {"MESSAGE": b"\xff\x00 bytes"}),
    ],
)
def test_how_a_message_is_read(data: bytes, fields: dict[str, bytes]) -> None:
    """By both RFCs, and whatever is neither is kept as text."""
    found = dict(parse(data).fields("192.0.2.9"))

    assert fields == {name: found.get(name) for name in fields}
    assert {"_TRANSPORT": b"syslog", "SYSLOG_SENDER": b"192.0.2.9"}.items() <= found.items()


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda rest: b"<13>1 - h a - - [x" + rest))
def test_any_bytes(data: bytes) -> None:
    """Nothing breaks it, and nothing is thrown away that has no field of its own."""
    fields = parse(data).fields("x")

    assert all(name.replace("_", "").isalnum() and name.isupper() for name, _ in fields)
    if not data.startswith(b"<"):
        assert ("MESSAGE", data) in fields


messages = st.lists(
    st.binary(min_size=1, max_size=60).map(lambda text: b"<13>" + text.replace(b"\n", b" ").strip(b"\r\0 "))
)


@given(messages, st.lists(st.booleans(), min_size=1), st.integers(1, 40))
def test_framing_in_any_chunks(sent: list[bytes], counted: list[bool], size: int) -> None:
    """Octet counting and newlines, mixed as one likes, cut anywhere."""
    stream = b"".join(
        b"%d %b" % (len(one), one) if counted[number % len(counted)] else one + b"\n" for number, one in enumerate(sent)
    )
    deframer = Deframer()
    got = [one for at in range(0, len(stream), size) for one in deframer.feed(stream[at : at + size])]

    assert sent == got
    assert b"" == deframer.finish()


def test_what_framing_refuses() -> None:
    """A length that is too large ends the stream; a line without an end comes in pieces; the last needs no newline."""
    with pytest.raises(FramingError, match="300000 bytes"):
        list(Deframer().feed(b"300000 <13>x"))
    deframer = Deframer()
    assert [MESSAGE_MAX] == [len(one) for one in deframer.feed(b"x" * (MESSAGE_MAX + 5))]
    assert b"xxxxx" == deframer.finish()


@pytest.fixture
def port() -> int:
    """For syslog."""
    return free_port()


@pytest.fixture
def collector(tmp_path: Path, port: int) -> Iterator[Collector]:
    """A collector that takes syslog."""
    running = Collector(tmp_path)
    running.argv += ["--syslog-listen", f"127.0.0.1:{port}"]
    with running:
        yield running


def test_real_senders(collector: Collector, port: int) -> None:
    """util-linux' logger by both protocols and both RFCs: searched like the rest."""
    for number, options in enumerate((["-d"], ["-T"], ["-T", "--octet-count"])):
        for form in ("--rfc3164", "--rfc5424"):
            command = ["logger", "-n", "127.0.0.1", "-P", str(port), *options, form, "-t", "device", "-p", "daemon.err"]
            subprocess.run([*command, f"message {number} {form}"], check=True)
    wait_until("all six are found", lambda: collector.count(q="ident=device priority=err transport=syslog") == 6)
    shown = collector.jhctl("-t", "device", "-o", "cat").splitlines()

    assert {f"message {n} {form}".encode() for n in range(3) for form in ("--rfc3164", "--rfc5424")} == set(shown)
    assert 0 == sum(node["missing"] for node in collector.get("/api/v1/nodes")["nodes"])


def test_equal_messages_are_all_kept(collector: Collector, port: int) -> None:
    """A thousand times the same, at once, are a thousand entries, also over a restart."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"<13>same: again\n" * 1000)
    wait_until("all are found", lambda: collector.count(q="ident=same") == 1000)
    assert 0 == collector.end()
    collector.start()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"<13>same: again\n" * 500 + b"<13>same: the last without a newline")
    wait_until("all are found", lambda: collector.count(q="ident=same") == 1501)


def test_what_was_taken_survives_the_end(collector: Collector, port: int) -> None:
    """A collector that is told to stop stores what has arrived, read or not."""
    assert collector.process is not None
    collector.process.send_signal(signal.SIGSTOP)  # all is there before it looks, and so is the word to stop
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(200):
            sender.sendto(b"<13>burst: %d" % number, ("127.0.0.1", port))
    collector.process.send_signal(signal.SIGTERM)
    collector.process.send_signal(signal.SIGCONT)
    assert 0 == collector.process.wait(DEADLINE)
    collector.start()
    wait_until("all are found", lambda: collector.count(q="ident=burst") == 200)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--syslog-listen", "192.0.2.1:514"], 2, "--syslog-insecure"),
        (["--syslog-listen", "192.0.2.1:514", "--syslog-insecure"], 3, "cannot listen for syslog on 192.0.2.1:514"),
    ],
)
def test_where_it_does_not_listen(tmp_path: Path, options: list[str], code: int, said: str) -> None:
    """Beyond the machine only when told so, and not where it cannot."""
    command: list[str | Path] = [BIN / "journalhub", "collector", "--listen", "127.0.0.1:0"]
    command += ["--data-dir", tmp_path / "data", *options]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=240)

    assert (code, True) == (done.returncode, said in done.stderr), done.stderr
