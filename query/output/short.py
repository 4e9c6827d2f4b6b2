"""The short modes: one line of time, host, identifier and message for each entry."""

import re
from collections.abc import Callable, Iterable, Iterator

from journalhub.journal.entry import Entry
from journalhub.journal.printable import is_text
from journalhub.query.output.clock import clock, shown_realtime, source_time
from journalhub.query.output.colors import of_host, of_priority, priority_of
from journalhub.query.output.explained import explanation
from journalhub.query.output.found import hits_of
from journalhub.query.output.lines import cut, lay_out
from journalhub.query.output.options import OutputOptions
from journalhub.query.output.text import blob, clean, is_short_and_printable, visible

_LINE_END = re.compile(rb"[\n\r\0]")
"""What ends the line that --truncate-newline shows: NEWLINE of systemd, and the end of a C string."""

Stamp = Callable[[Entry, dict[str, bytes]], bytes]


def render_short(entries: Iterable[Entry], mode: str, options: OutputOptions) -> Iterator[bytes]:
    """The lines of each entry; nothing for an entry without MESSAGE.

    Of a field that repeats these modes show the last value, as journalctl.
    """
    stamp = _stamp(mode, options)
    with_unit = mode == "with-unit"
    for entry in entries:
        fields = dict(entry.fields)
        message = fields.get("MESSAGE")
        if message is None:
            continue
        prefix, indent = _prefix(stamp(entry, fields), fields, with_unit, options)
        line = b"%b: %b" % (prefix, _message(message, indent + 2, fields, options))
        yield line + explanation(fields, options) if options.explain is not None else line


def _stamp(mode: str, options: OutputOptions) -> Stamp:
    if mode == "short-monotonic":
        return lambda entry, fields: b"[%5d.%06d]" % divmod(_monotonic(entry, fields), 1_000_000)
    if mode == "short-delta":
        return _delta_stamp()
    text = clock(mode, options.utc, options.zone)
    return lambda entry, fields: text(_realtime(entry, fields))


def _realtime(entry: Entry, fields: dict[str, bytes]) -> int:
    return shown_realtime(entry.realtime, fields.get("_SOURCE_REALTIME_TIMESTAMP"))


def _monotonic(entry: Entry, fields: dict[str, bytes]) -> int:
    source = source_time(fields.get("_SOURCE_MONOTONIC_TIMESTAMP"))
    return entry.monotonic if source is None or source >= 1 << 64 else source


def _delta_stamp() -> Stamp:
    """The stamp of short-delta (systemd 253): monotonic, and how long after the entry before.

    Between entries of different boots only the wall clock can tell; such a difference is marked with `*`.
    """
    before: tuple[bytes, int, int] | None = None

    def stamp(entry: Entry, fields: dict[str, bytes]) -> bytes:
        nonlocal before
        monotonic, realtime = _monotonic(entry, fields), _realtime(entry, fields)
        if before is None:
            gap = b" " * 16
        elif before[0] == entry.boot_id:
            gap = b" <%5d.%06d >" % divmod(max(monotonic - before[1], 0), 1_000_000)
        else:
            gap = b" <%5d.%06d*>" % divmod(max(realtime - before[2], 0), 1_000_000)
        before = (entry.boot_id, monotonic, realtime)
        return b"[%5d.%06d%b]" % (*divmod(monotonic, 1_000_000), gap)

    return stamp


def _prefix(stamp: bytes, fields: dict[str, bytes], with_unit: bool, options: OutputOptions) -> tuple[bytes, int]:
    """What stands before `: `, and the width that journalctl takes it for (it does not count `unknown`)."""
    shown = _may_show(options)
    parts, width = [stamp], len(stamp)
    if options.hostname and (host := shown(fields.get("_HOSTNAME"))) is not None:
        parts.append(b" " + (of_host(host, options.colors) if options.host_colors else host))
        width += 1 + len(host)
    name, counted = (_unit(fields, options) if with_unit else None) or _identifier(fields, options)
    parts.append(name)
    width += counted
    pid = shown(fields.get("_PID"))
    if pid is None:
        pid = shown(fields.get("SYSLOG_PID"))
    if pid is not None:
        parts.append(b"[%b]" % pid)
        width += 2 + len(pid)
    return b"".join(parts), width


def prefix_of(fields: dict[str, bytes], with_unit: bool, options: OutputOptions) -> bytes:
    """What stands between time and pid in the lines of whoever speaks with these fields, which have no pid."""
    return _prefix(b"", fields, with_unit, options)[0]


def _may_show(options: OutputOptions) -> Callable[[bytes | None], bytes | None]:
    if options.terminal and options.show_all:
        return lambda value: None if value is None else visible(value)
    if options.show_all:
        return lambda value: None if value is None else value.partition(b"\0")[0]
    return lambda value: value if value is not None and is_short_and_printable(value) else None


def _identifier(fields: dict[str, bytes], options: OutputOptions) -> tuple[bytes, int]:
    shown = _may_show(options)
    name = shown(fields.get("SYSLOG_IDENTIFIER"))
    if name is None:
        name = shown(fields.get("_COMM"))
    return (b" unknown", 0) if name is None else (b" " + name, 1 + len(name))


def _unit(fields: dict[str, bytes], options: OutputOptions) -> tuple[bytes, int] | None:
    """Unit, user unit, or both; the width counts the unit twice for both, and nothing of a lone user unit's name."""
    shown = _may_show(options)
    unit, user_unit = fields.get("_SYSTEMD_UNIT"), fields.get("_SYSTEMD_USER_UNIT")
    if shown(unit) is None and shown(user_unit) is None:
        return None
    if options.terminal:
        unit, user_unit = (None if name is None else visible(name) for name in (unit, user_unit))
    if user_unit is None:
        assert unit is not None
        return b" " + unit, 1 + len(unit)
    if unit is None:
        return b" " + user_unit, 1
    return b" %b/%b" % (unit, user_unit), 2 * (1 + len(unit))


def _message(message: bytes, indent: int, fields: dict[str, bytes], options: OutputOptions) -> bytes:
    whole = message
    if options.truncate_newline:
        message = _LINE_END.split(message, maxsplit=1)[0]
    shown = _shown(options)
    text = shown(message)
    if not options.show_all and not is_text(text):
        return blob(len(text)) + b"\n"
    audit = fields.get("_TRANSPORT") == b"audit"
    colors = of_priority(priority_of(fields.get("PRIORITY")), options.colors, audit)
    match, hits = _match(message, text, options), hits_of(whole, shown, options, len(message))
    if not options.full and not options.show_all:
        return cut(text, indent, options.columns, options.unicode, colors, match, hits)
    return lay_out(text, indent, colors, match, hits)


def _shown(options: OutputOptions) -> Callable[[bytes], bytes]:
    if not options.show_all:
        return clean
    return visible if options.terminal else bytes


def _match(message: bytes, text: bytes, options: OutputOptions) -> tuple[int, int] | None:
    """Where the text searched for lies in what is shown; journalctl marks an empty match at the start otherwise."""
    if not options.colors:
        return None
    found = options.highlight(message) if options.highlight is not None else None
    if found is None:
        return (0, 0)
    if text is message:
        return found
    shown = _shown(options)
    return len(shown(message[: found[0]])), len(shown(message[: found[1]]))
