"""The selection: what its parameters mean, and what is said of those that mean nothing."""

from urllib.parse import quote_from_bytes

import pytest

from journalhub.query.plan.parameters import PARAMETERS_MAX, Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.query.plan.selection import BootSpec, Selection, parse_selection
from journalhub.query.plan.units import unit_query
from journalhub.store.ast import Regex
from journalhub.store.evaluate import compile_query

NOW = 1_760_000_000_000_000
ID = "0123456789abcdef0123456789abcdef"


def select(**given: str | bytes | list[str]) -> Selection:
    """The selection of these parameters."""
    pairs = []
    for name, values in given.items():
        for value in values if isinstance(values, list) else [values]:
            pairs.append(f"{name}={quote_from_bytes(value if isinstance(value, bytes) else value.encode())}")
    parameters = Parameters("&".join(pairs))
    selection = parse_selection(parameters, NOW)
    parameters.finish(())
    return selection


def test_nothing_selects_everything() -> None:
    """Without parameters every entry is meant."""
    assert select().is_everything
    assert select(q=" ", boot="all", namespace="*").is_everything


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("err", "0123"),
        ("3", "0123"),
        ("emerg", "0"),
        ("warning..err", "34"),
        ("err..warning", "34"),
        ("7", ""),
        ("debug..0", ""),
    ],
)
def test_priority(text: str, numbers: str) -> None:
    """A priority means it and worse; a range may be given either way round; all of them are no condition."""
    assert {number.encode() for number in numbers} == select(priority=text).priorities


@pytest.mark.parametrize("text", ["", "8", "error", "ERR", "1..", "..", "٣", "-1"])
def test_bad_priority(text: str) -> None:
    """What journalctl takes for no priority is refused by name."""
    with pytest.raises(Refusal) as refused:
        select(priority=text)

    assert refused.value.where == "priority"
    assert refused.value.journalctl is not None


def test_facilities() -> None:
    """Facilities are names or numbers, repeated or comma separated."""
    assert {b"0", b"10", b"23", b"3"} == select(facility=["kern,authpriv", "local7", "3"]).facilities


@pytest.mark.parametrize("text", ["kernel", "128", "-1", "99999999999999999999999"])
def test_bad_facility(text: str) -> None:
    """An unknown facility is refused with the names there are."""
    with pytest.raises(Refusal, match="unknown facility") as refused:
        select(facility=text)

    assert "authpriv" in refused.value.do


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("0", BootSpec(None, 0)),
        ("", BootSpec(None, 0)),
        ("-1", BootSpec(None, -1)),
        ("+2", BootSpec(None, 2)),
        (ID, BootSpec(bytes.fromhex(ID), 0)),
        (f"{ID.upper()}-3", BootSpec(bytes.fromhex(ID), -3)),
        (f"{ID}+1", BootSpec(bytes.fromhex(ID), 1)),
    ],
)
def test_boot(text: str, spec: BootSpec) -> None:
    """A boot is an offset, an id, or an offset from an id."""
    assert spec == select(boot=text).boot


@pytest.mark.parametrize("text", ["x", "--1", ID[:-1], f"{ID}5", f"{ID}-", "1" * 12, "0x1"])
def test_bad_boot(text: str) -> None:
    """Anything else is no boot."""
    with pytest.raises(Refusal, match="not a boot"):
        select(boot=text)


def test_times() -> None:
    """Times are systemd's, in the zone that is named, to the microsecond and inclusive."""
    selection = select(since="2025-10-09 10:00", until="@1760000000.000001", tz="Europe/Oslo")

    assert (1_759_996_800_000_000, 1_760_000_000_000_001) == (selection.since, selection.until)
    assert NOW - 3_600_000_000 == select(since="-1h").since


def test_since_after_until() -> None:
    """An empty range is an error, as it is for journalctl."""
    with pytest.raises(Refusal) as refused:
        select(since="now", until="-1s")

    assert refused.value.journalctl == "--since= must be before --until=."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[("since", text) for text in ("", "whenever", "2025-13-01", "@", b"\xff")],
        *[("until", text) for text in ("tomorow", "@-1", "25:00")],
        *[("tz", text) for text in ("Mars/Olympus", "../../etc/passwd", "Europe", "/etc/localtime", "\x00")],
        *[("match", text) for text in ("MESSAGE", "message=x", "=x", "+", "__CURSOR=x")],
        *[("grep", text) for text in ("(", "a{2,1}", "[")],
        ("dmesg", "maybe"),
        ("case_sensitive", "2"),
        ("q", b"\xff"),
        ("host", b"\xff"),
    ],
)
def test_bad_values_are_named(name: str, text: str | bytes) -> None:
    """Every bad value is refused with the name of its parameter and what to do."""
    with pytest.raises(Refusal) as refused:
        select(**{name: text})

    assert name == refused.value.where
    assert refused.value.status == 400
    assert refused.value.do


def test_a_pattern_breaks_at_a_place() -> None:
    """The character is named where a pattern breaks."""
    with pytest.raises(Refusal) as refused:
        select(grep="abc(")

    assert refused.value.at == 4


@pytest.mark.parametrize(
    ("pattern", "flag", "caseless"),
    [("word", None, True), ("Word", None, False), ("Ärger", None, True), ("word", "1", False), ("Word", "0", True)],
)
def test_smart_case(pattern: str, flag: str | None, caseless: bool) -> None:
    """A pattern without an ASCII capital ignores case, unless it is said otherwise."""
    given = {"grep": pattern} | ({} if flag is None else {"case_sensitive": flag})

    assert Regex("MESSAGE", pattern, caseless) == select(**given).grep


def test_matches_keep_bytes_and_order() -> None:
    """Match words are bytes, and `+` stands between the groups where it was given."""
    expression = select(match=["A=1", "B=%", "+", "A=2"]).matches
    binary = Parameters("match=MESSAGE%3D%ff%00&match=%2B&match=A%3D%2B")

    assert expression is not None
    assert expression.groups == ({"A": [b"1"], "B": [b"%"]}, {"A": [b"2"]})
    found = parse_selection(binary, NOW).matches
    assert found is not None
    assert found.groups == ({"MESSAGE": [b"\xff\x00"]}, {"A": [b"+"]})


def test_unknown_parameters_are_refused() -> None:
    """A misspelt parameter must not widen the answer."""
    with pytest.raises(Refusal, match="prioriy"):
        select(prioriy="err")


def test_parameters_that_may_be_given_once() -> None:
    """Two values where one is meant are refused, not picked from."""
    with pytest.raises(Refusal, match="2 times"):
        select(since=["-1h", "-2h"])


def test_too_many_parameters() -> None:
    """The number of parameters is bounded."""
    with pytest.raises(Refusal, match="cannot read the parameters"):
        select(host=["a"] * (PARAMETERS_MAX + 1))


class Said:
    """An entry, as far as a query looks at it."""

    def __init__(self, **fields: str) -> None:
        self._fields = fields

    def values(self, name: str) -> list[bytes]:
        """The value of a field."""
        return [self._fields[name].encode()] if name in self._fields else []


@pytest.mark.parametrize("is_live", [True, False])
def test_globs_find_slices_of_users(is_live: bool) -> None:
    """A glob of --user-unit means slices, too, of the user who is meant; for a follower as for a search."""
    known = None if is_live else lambda field, prefix: [b"app.slice"] if field == "_SYSTEMD_USER_SLICE" else []
    finds = compile_query(unit_query((), ("ap*",), known, 7))
    assert finds(Said(_SYSTEMD_USER_SLICE="app.slice", _UID="7"))
    assert not finds(Said(_SYSTEMD_USER_SLICE="app.slice", _UID="8"))
    assert not finds(Said(_SYSTEMD_USER_SLICE="other.slice", _UID="7"))
    assert not finds(Said(_SYSTEMD_SLICE="app.slice", _UID="7"))
