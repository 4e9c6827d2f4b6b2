"""Log records as journald's fields, and the identity that makes a record that is sent again a duplicate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.collector.otlp.requests import as_json, requests

from journalhub.collector.errors import Refusal
from journalhub.collector.limits import OTLP_RECORDS_MAX, UPLOAD_BATCH_ENTRIES
from journalhub.collector.otlp.fields import OWN_NAMES, field_name, priority, record_fields, resource_fields
from journalhub.collector.otlp.model import Record, Resource
from journalhub.collector.otlp.protobuf import bytes_field
from journalhub.collector.otlp.session import Session
from journalhub.journal.entry import Entry
from journalhub.journal.fields import is_valid_name

NOW = 1_790_000_000_000_000


def entries(body: bytes, *, is_json: bool = False) -> list[Entry]:
    """What becomes of a request."""
    session = Session(body, is_json=is_json, now=NOW, fallback_host="192.0.2.9")
    found = []
    while batch := session.next():
        found += list(batch)
    return found


def request(*records: bytes) -> bytes:
    """A request with these records."""
    return bytes_field(1, bytes_field(2, b"".join(bytes_field(2, record) for record in records)))


def body(text: bytes) -> bytes:
    """A record that says something."""
    return bytes_field(5, bytes_field(1, text))


@pytest.mark.parametrize(
    ("severities", "number"),
    [
        (range(1, 9), 7),
        ([9], 6),
        (range(10, 13), 5),
        (range(13, 17), 4),
        ([17], 3),
        ([18], 2),
        ([19, 20], 1),
        (range(21, 25), 0),
        ([0, -1, 25], None),
    ],
)
def test_priority(severities: range | list[int], number: int | None) -> None:
    """TRACE and DEBUG to debug, INFO to info and notice, WARN to warning, ERROR to err, crit, alert, FATAL to emerg."""
    assert {number} == {priority(severity) for severity in severities}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (b"http.request.method", "HTTP_REQUEST_METHOD"),
        (b"userId", "USERID"),
        (b"_systemd_unit", "SYSTEMD_UNIT"),
        (b"__CURSOR", "CURSOR"),
        (b"message", "ATTR_MESSAGE"),
        (b"Trace-Id", "ATTR_TRACE_ID"),
        (b"2xx", "ATTR_2XX"),
        (b"", "ATTR_"),
        (b"...", "ATTR_"),
        ("größe".encode(), "GR____E"),
        (b"\xff", "ATTR_"),
        (b"x" * 100, "X" * 64),
    ],
)
def test_names_of_attributes(key: bytes, name: str) -> None:
    """Upper case, and `_` for what journald's names cannot have."""
    assert (name, True) == (field_name(key), is_valid_name(field_name(key)))


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_any_key_is_a_name(key: bytes) -> None:
    """And none that journald trusts or that says what the protocol says."""
    name = field_name(key)

    assert is_valid_name(name) and not name.startswith("_") and name not in OWN_NAMES


def test_who_speaks() -> None:
    """Host, machine, program and process have their fields; what does not fit there stays an attribute."""
    said: list[tuple[bytes, list[bytes]]] = [
        (b"host.name", [b"web-1"]),
        (b"host.id", [b"0123456789ABCDEF0123456789ABCDEF"]),
        (b"service.name", [b"shop"]),
        (b"process.pid", [b"42"]),
        (b"tags", [b"a", b"b"]),
    ]
    assert [
        ("_TRANSPORT", b"otlp"),
        ("_HOSTNAME", b"web-1"),
        ("_MACHINE_ID", b"0123456789abcdef0123456789abcdef"),
        ("SYSLOG_IDENTIFIER", b"shop"),
        ("SYSLOG_PID", b"42"),
        ("TAGS", b"a"),
        ("TAGS", b"b"),
    ] == resource_fields(Resource(said), "192.0.2.9")
    assert [
        ("_TRANSPORT", b"otlp"),
        ("_HOSTNAME", b"192.0.2.9"),
        ("HOST_ID", b"i-0abc"),
        ("HOST_NAME", b""),
        ("SERVICE_NAME", b"a"),
        ("SERVICE_NAME", b"b"),
    ] == resource_fields(
        Resource([(b"host.id", [b"i-0abc"]), (b"host.name", [b""]), (b"service.name", [b"a", b"b"])]), "192.0.2.9"
    )
    assert [("_TRANSPORT", b"otlp")] == resource_fields(Resource(), "")


def test_what_is_said() -> None:
    """An event without a text is shown by its name."""
    record = Record(
        severity=17,
        severity_text=b"ERROR",
        event_name=b"device.lost",
        attributes=[(b"device", [b"sda"])],
        dropped_attributes=3,
        flags=0x101,
        trace_id=b"ab",
        span_id=b"cd",
    )
    assert {
        "DEVICE": b"sda",
        "PRIORITY": b"3",
        "SEVERITY_NUMBER": b"17",
        "SEVERITY_TEXT": b"ERROR",
        "EVENT_NAME": b"device.lost",
        "TRACE_ID": b"ab",
        "SPAN_ID": b"cd",
        "TRACE_FLAGS": b"01",
        "DROPPED_ATTRIBUTES_COUNT": b"3",
        "MESSAGE": b"device.lost",
    } == dict(record_fields(record))
    assert [] == record_fields(Record())
    assert [("MESSAGE", b"")] == record_fields(Record(body=b""))


def test_times() -> None:
    """When it happened, else when it was seen, else now; an entry's time has microseconds."""
    happened, seen = b"\x09" + (5_000_999).to_bytes(8, "little"), b"\x59" + (7_000_000).to_bytes(8, "little")

    assert [5000, 7000, NOW] == [one.realtime for one in entries(request(seen + happened, seen, b""))]


def test_sent_again_it_is_the_same() -> None:
    """Also in another encoding; equal records of one request are as many entries, and those are the same again."""
    stamp = b"\x09" + (5_000_000).to_bytes(8, "little")
    later = b"\x09" + (5_000_001).to_bytes(8, "little")
    sent = request(stamp + body(b"same"), stamp + body(b"same"), later + body(b"same"), stamp + body(b"other"))
    first, again = entries(sent), entries(sent)
    as_text = as_json(ExportLogsServiceRequest.FromString(sent))

    assert first == again == entries(as_text, is_json=True)
    assert 4 == len({one.cursor for one in first})


@given(requests)
def test_every_record_becomes_an_entry(made: ExportLogsServiceRequest) -> None:
    """With valid names, and at most as many cursors as records."""
    sent = made.SerializeToString()
    found = entries(sent)

    assert len(found) == sum(len(part.log_records) for group in made.resource_logs for part in group.scope_logs)
    assert len(found) == len({one.cursor for one in found})
    assert all(is_valid_name(name) for one in found for name, _ in one.fields)


def test_batches_are_small() -> None:
    """A long request comes in pieces."""
    session = Session(request(*[body(b"x")] * (UPLOAD_BATCH_ENTRIES + 1)), is_json=False, now=NOW, fallback_host="")
    sizes = []
    while batch := session.next():
        sizes.append(len(batch))

    assert [UPLOAD_BATCH_ENTRIES, 1] == sizes


def test_what_is_rejected() -> None:
    """Records that cannot be read and those with too many fields, each for itself and counted by the reason."""
    many = b"".join(bytes_field(6, bytes_field(1, b"k%d" % number)) for number in range(1020))
    more = bytes_field(6, bytes_field(2, bytes_field(5, bytes_field(1, bytes_field(1, b"v")) * 10)))
    endless = bytes_field(6, b"") * 500_000
    records = [body(b"good"), many + more, endless, b"\xff"]
    session = Session(request(*records), is_json=False, now=NOW, fallback_host="")
    batch = session.next()

    assert batch is not None and (1, None) == (len(batch), session.next())
    assert {"more than 1024 fields": 2, "a number is cut short, or has more than ten bytes": 1} == session.rejected


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\xff", 400),
        (b"not protobuf at all", 400),
        (request(*[b""] * OTLP_RECORDS_MAX), 413),
        (bytes_field(1, bytes_field(2, b"")) * (OTLP_RECORDS_MAX // 2 + 1), 413),
        (bytes_field(1, b"") * (OTLP_RECORDS_MAX + 1), 413),
    ],
)
def test_what_is_refused(sent: bytes, status: int) -> None:
    """Before anything of it is stored."""
    with pytest.raises(Refusal) as refused:
        Session(sent, is_json=False, now=NOW, fallback_host="")
    assert status == refused.value.status
