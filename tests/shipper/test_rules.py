"""What rules leave out and blacken: columns of cases, and no pattern that could hold the shipper up."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journalhub.journal.entry import Entry
from journalhub.journal.match import parse_matches
from journalhub.journal.rule import parse_rule
from journalhub.journal.settings import SettingsError
from journalhub.shipper.redaction import BLACK, parse_redaction, redacted
from journalhub.shipper.rules import Rules, Wanted, parse_rate

NGINX: dict[str, Any] = {"_SYSTEMD_UNIT": b"nginx.service", "PRIORITY": b"6", "SYSLOG_IDENTIFIER": b"nginx"}
MANAGER: dict[str, Any] = {"_SYSTEMD_UNIT": b"init.scope", "_PID": b"1", "UNIT": b"nginx.service", "PRIORITY": b"3"}
TWICE: dict[str, Any] = {"TAG": [b"one", b"two"], "MESSAGE": b"\xff\x00"}


@pytest.mark.parametrize(
    ("rule", "matching"),
    [
        ("_SYSTEMD_UNIT=nginx.service", "n"),
        ("unit=nginx", "nm"),
        ("unit=ngin*", "nm"),
        ("unit=ssh", ""),
        ("identifier=nginx", "n"),
        ("identifier=ng?nx", "n"),
        ("priority=err", "m"),
        ("priority=debug", "nm"),
        ("priority=info..debug", "n"),
        ("priority=7..6", "n"),
        ("unit=nginx priority=err", "m"),
        ("PRIORITY=6 PRIORITY=3", "nm"),
        ("PRIORITY=6 _PID=1", ""),
        ("PRIORITY=6 + _PID=1", "nm"),
        ("TAG=two", "t"),
        ("TAG=three", ""),
        ("'SYSLOG_IDENTIFIER=nginx'", "n"),
        ("/usr/sbin/nginx", ""),
    ],
)
def test_which_entries_a_rule_matches(rule: str, matching: str) -> None:
    """As journalctl would with the same words."""
    matches = parse_rule("exclude", rule)

    assert matching == "".join(name for name, fields in (("n", NGINX), ("m", MANAGER), ("t", TWICE)) if matches(fields))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(exclude=("",)), "--exclude: cannot read the rule '': it is empty"),
        (Wanted(include=("lower=1",)), "--include: cannot read the rule 'lower=1': not a match"),
        (Wanted(exclude=("A=1 +",)), "can only be used between terms"),
        (Wanted(exclude=("'A=1",)), "No closing quotation"),
        (Wanted(exclude=("priority=loud",)), "unknown priority 'loud'"),
        (Wanted(rate_limit=("often",)), "want N/TIME"),
        (Wanted(rate_limit=("10/0s",)), "want N/TIME"),
        (Wanted(rate_limit=("10/1s B",)), "not a match: 'B'"),
        (Wanted(redact=("everything",)), "--redact: cannot read 'everything': want secrets, email, ip, or"),
        (Wanted(redact=("MESSAGE /(/",)), "--redact: cannot read 'MESSAGE /(/': "),
        (Wanted(redact=("_BOOT_ID /a/",)), "no field that can be blackened"),
    ],
)
def test_a_rule_that_cannot_be_read(wanted: Wanted, said: str) -> None:
    """The error names the setting, the rule and what is wrong."""
    with pytest.raises(SettingsError) as error:
        Rules(wanted, lambda: 0)

    assert said in str(error.value)


names = st.sampled_from(["A", "B", "_C"])
values = st.sampled_from([b"1", b"2", b"x y", "é".encode()])
words = st.lists(st.tuples(names, values).map(lambda pair: f"{pair[0]}={pair[1].decode()}") | st.just("+"), min_size=1)


@given(words, st.lists(st.tuples(names, values), max_size=5))
def test_rules_agree_with_matches(rule: list[str], pairs: list[tuple[str, bytes]]) -> None:
    """FIELD=value words mean what they mean everywhere else, for any entry."""
    try:
        expression = parse_matches([word.encode() for word in rule])
    except ValueError:
        with pytest.raises(SettingsError):
            parse_rule("exclude", " ".join(f"'{word}'" for word in rule))
        return
    fields: dict[str, Any] = {}
    for name, value in pairs:
        fields[name] = [*fields.get(name, ()), value]
    single = {name: many[0] if len(many) == 1 else many for name, many in fields.items()}
    entry = Entry(b"s" * 16, 1, b"b" * 16, 0, 0, 0, tuple(pairs))

    assert expression.matches(entry) == parse_rule("exclude", " ".join(f"'{word}'" for word in rule))(single)


def test_order_of_rules() -> None:
    """Age, then include, then exclude, then limits; the first that takes an entry out is named."""
    now = 1_000_000_000_000
    rules = Rules(Wanted(("unit=nginx",), ("PRIORITY=3",), 60.0, ("1/10s",)), lambda: now)

    def verdict(fields: dict[str, Any], seconds_ago: int = 1) -> str | None:
        return rules.why_not(("s=", 1, "b=", 0, now - seconds_ago * 1_000_000, 0), fields)

    assert "max-age" == verdict(NGINX, 61)
    assert "include" == verdict(TWICE)
    assert "exclude: PRIORITY=3" == verdict(MANAGER)
    assert [None, "rate-limit: 1/10s"] == [verdict(NGINX), verdict(NGINX)]


def test_rate_limits_count_by_the_entries_own_times() -> None:
    """Of each unit as many as are allowed in each span; a backlog read at once loses no more than live."""
    limit = parse_rate("2/10s unit=nginx unit=cron")
    cron: dict[str, Any] = {"_SYSTEMD_UNIT": b"cron.service"}
    span = 10_000_000
    taken = [limit.is_exceeded(at, fields) for at in (0, 1, 2, span, span + 1, span + 2) for fields in (NGINX, cron)]

    assert [False, False, False, False, True, True] * 2 == taken
    assert not any(limit.is_exceeded(5, TWICE) for _ in range(10))


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("secrets", b"login password=hunter2 ok", b"login password=[redacted] ok"),
        ("secrets", b'{"api_key": "abc123", "user": "x"}', b'{"api_key": "[redacted]", "user": "x"}'),
        ("secrets", b"Authorization: Bearer abcdefgh.ijk", b"Authorization: Bearer [redacted]"),
        ("secrets", b"postgres://app:s3cret@db/x", b"postgres://app:[redacted]@db/x"),
        ("secrets", b"key AKIAABCDEFGHIJKLMNOP used", b"key [redacted] used"),
        ("secrets", b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", b"[redacted]"),
        ("secrets", b"jht_0123456789_" + b"a" * 48, b"[redacted]"),
        ("secrets", b"nothing to see \xff\x00", b"nothing to see \xff\x00"),
        ("email", b"from ann.b+c@mail.example.net: hi", b"from [redacted]: hi"),
        ("ip", b"203.0.113.7 and 2001:db8::1 connected", b"[redacted] and [redacted] connected"),
        ("ip", b"version 1.2.3 at 12:30:59", b"version 1.2.3 at 12:30:59"),
        ("/card \\d+/", b"card 4711 card 12", b"[redacted] [redacted]"),
        ("/x*/", b"axxb", b"a[redacted]b"),
        ("MESSAGE,OTHER /a.c/", b"\xffabc\x00", b"\xff[redacted]\x00"),
    ],
)
def test_what_is_blackened(rule: str, before: bytes, after: bytes) -> None:
    """Only what must go; bytes around it stay as they are."""
    fields = {"MESSAGE": before, "PRIORITY": b"6"}
    told: list[str] = []
    black = redacted(fields, [parse_redaction(rule)], told.append)

    assert {"MESSAGE": after, "PRIORITY": b"6"} == black
    assert ([f"redact: {rule}"] if before != after else []) == told
    assert fields["MESSAGE"] == before


def test_repeated_and_other_fields() -> None:
    """Every value of a named field, and no other field."""
    rule = parse_redaction("TAG /t/")

    assert {"TAG": [b"one", b"[redacted]wo"], "MESSAGE": b"\xff\x00"} == rule.apply(TWICE)
    assert NGINX is rule.apply(NGINX)


def test_a_pattern_that_never_ends() -> None:
    """Is ended, and what it could not look through is blackened whole."""
    started = time.process_time()
    black = parse_redaction("/(a+)+$/").apply({"MESSAGE": b"a" * 5000 + b"!"})

    assert BLACK == black["MESSAGE"]
    assert time.process_time() - started < 30


@given(st.binary(max_size=300), st.sampled_from(["secrets", "email", "ip"]))
def test_any_bytes(value: bytes, preset: str) -> None:
    """No value breaks a preset, and a second look finds nothing more."""
    rule = parse_redaction(preset)
    once = rule.apply({"MESSAGE": value})

    assert once == rule.apply(once)
