"""One syslog message as journald's fields. Whatever cannot be read as one is kept as text: nothing is thrown away."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from journalhub.journal.fields import is_valid_name

Pair = tuple[str, bytes]

DEFAULT_PRIORITY = 13
"""user.notice: what RFC 3164, 4.3.3 takes a message without a priority for."""

PRIORITY_MAX = 191
"""local7.debug."""

NAME_MAX = 64
"""Characters of a field's name, as journald has it."""

_PRIORITY = re.compile(rb"<([0-9]{1,3})>")
_RFC5424 = re.compile(
    rb"1 (?P<time>-|[0-9T:.+Z-]{19,35}) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<pid>[!-~]{1,128}) "
    rb"(?P<id>[!-~]{1,32}) (?P<rest>-(?: .*|$)|\[.*)",
    re.DOTALL,
)
_TIME = re.compile(
    rb"(?P<time>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}"
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9]{2}:[0-9]{2}))[ :]"
)
_HOST = re.compile(rb"(?P<host>[0-9A-Za-z_.:-]{1,255}) ")
_TAG = re.compile(rb"(?P<tag>[!-9;-Z\\^-~]{1,48})(?:\[(?P<pid>[!-Z\\^-~]{1,128})\])?:(?: |$)")
_ELEMENT = re.compile(
    rb"\[(?P<id>[!#-<>-\\^-~]{1,32})(?P<parameters>(?: [^\]\\\"]*\"(?:[^\\\"\]]|\\.)*\")*)\]", re.DOTALL
)
_PARAMETER = re.compile(rb" (?P<name>[!#-<>-\\^-~]{1,32})=\"(?P<value>(?:[^\\\"\]]|\\.)*)\"", re.DOTALL)
_ESCAPED = re.compile(rb"\\([\\\"\]])")
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Message:
    """What a message says. `time` is microseconds since the epoch where it has a whole date, else None."""

    priority: int = DEFAULT_PRIORITY
    text: bytes = b""
    stamp: bytes = b""
    time: int | None = None
    host: bytes = b""
    identifier: bytes = b""
    pid: bytes = b""
    message_id: bytes = b""
    structured: list[Pair] = field(default_factory=list)
    raw: bytes = b""
    """The whole message where the fields do not say all of it; empty where they do."""

    def fields(self, sender: str) -> tuple[Pair, ...]:
        """As journald's fields (systemd.journal-fields(7)); `sender` is the address it came from."""
        pairs: list[Pair] = [
            ("_TRANSPORT", b"syslog"),
            ("_HOSTNAME", self.host or sender.encode()),
            ("PRIORITY", b"%d" % (self.priority & 7)),
            ("SYSLOG_FACILITY", b"%d" % (self.priority >> 3)),
        ]
        named = (
            ("SYSLOG_IDENTIFIER", self.identifier),
            ("SYSLOG_PID", self.pid),
            ("SYSLOG_TIMESTAMP", self.stamp),
            ("SYSLOG_MSGID", self.message_id),
            ("_SOURCE_REALTIME_TIMESTAMP", b"" if self.time is None else b"%d" % self.time),
        )
        pairs += [pair for pair in named if pair[1]]
        pairs += self.structured
        pairs.append(("SYSLOG_SENDER", sender.encode()))
        pairs.append(("MESSAGE", self.text))
        if self.raw:
            pairs.append(("SYSLOG_RAW", self.raw))
        return tuple(pairs)


def parse(data: bytes) -> Message:
    """The message in `data`, without its framing. Never raises."""
    found = _PRIORITY.match(data)
    number = DEFAULT_PRIORITY if found is None else int(found[1])
    if found is None or number > PRIORITY_MAX:
        return Message(text=data)
    rest = data[found.end() :]
    if (modern := _RFC5424.fullmatch(rest)) is not None:
        message = _modern(modern)
        if message is not None:
            message.priority = number
            return message
    message = _old(rest)
    message.priority = number
    return message


def _modern(found: re.Match[bytes]) -> Message | None:
    """RFC 5424; None where its structured data cannot be read."""
    time, host, app, pid, message_id, rest = found.groups()
    structured: list[Pair] = []
    if rest.startswith(b"-"):
        text = rest[2:]
    else:
        at = 0
        while element := _ELEMENT.match(rest, at):
            structured += _parameters(element["id"], element["parameters"])
            at = element.end()
        if not at or (at < len(rest) and rest[at : at + 1] != b" "):
            return None
        text = rest[at + 1 :]
    nothing = b"-"
    return Message(
        text=text.removeprefix(_BOM),
        stamp=b"" if time == nothing else time,
        time=None if time == nothing else _moment(time),
        host=b"" if host == nothing else host,
        identifier=b"" if app == nothing else app,
        pid=b"" if pid == nothing else pid,
        message_id=b"" if message_id == nothing else message_id,
        structured=structured,
    )


def _parameters(element: bytes, parameters: bytes) -> list[Pair]:
    """The parameters of an element as fields: `[origin ip="1"]` is SD_ORIGIN_IP=1; an element without any is `1`."""
    name = _field_name(element.partition(b"@")[0])
    found = [
        (f"SD_{name}_{_field_name(one['name'])}"[:NAME_MAX], _ESCAPED.sub(rb"\1", one["value"]))
        for one in _PARAMETER.finditer(parameters)
    ]
    return [pair for pair in found or [(f"SD_{name}", b"1")] if is_valid_name(pair[0])]


def _field_name(text: bytes) -> str:
    return re.sub(r"[^A-Z0-9]", "_", text.decode("ascii", "replace").upper())[: NAME_MAX // 2]


def _old(rest: bytes) -> Message:
    """RFC 3164, as programs and devices write it: any part may be missing."""
    message = Message()
    begin = rest
    if found := _TIME.match(rest):
        message.stamp = found["time"]
        message.time = _moment(message.stamp) if message.stamp[:1].isdigit() else None
        rest = rest[found.end() :].lstrip(b" ")
        # A host name only stands behind a time, and `tag:` is none.
        if (host := _HOST.match(rest)) and not host["host"].endswith(b":"):
            message.host = host["host"]
            rest = rest[host.end() :]
    if tag := _TAG.match(rest):
        message.identifier, message.pid = tag["tag"], tag["pid"] or b""
        rest = rest[tag.end() :]
    message.text = rest
    if not message.stamp and not message.identifier:
        message.text = begin
    return message


def _moment(stamp: bytes) -> int | None:
    """Microseconds of an RFC 3339 time; None where there is no such time."""
    try:
        moment = datetime.fromisoformat(stamp.decode("ascii"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    microseconds = int(moment.timestamp()) * 1_000_000 + moment.microsecond
    return microseconds if microseconds >= 0 else None
