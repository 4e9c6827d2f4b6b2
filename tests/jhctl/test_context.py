"""--context, gaps in the stream, hints, --stats and --explain."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.jhctl.fleets import MACHINES, SECOND, entries, messages
from tests.jhctl.forking import Forking
from tests.jhctl.hub import Hub
from tests.jhctl.test_terminal import on_terminal
from tests.output.journals import EPOCH

from journalhub.query.jhctl.marks import GapLines, parse_gaps

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module", name="jhctl")
def _jhctl() -> Iterator[Run]:
    """jhctl against a collector."""
    with Forking() as forking:
        yield lambda url, *words: forking.run(f"--collector={url}", *words)


HITS = (5, 7, 20, 27)


def story() -> list[tuple[Any, ...]]:
    """Thirty entries of web-1, of which some say `bang`, and between them entries of web-2."""
    told: list[tuple[Any, ...]] = []
    for second in range(30):
        unit = "a.service" if second % 2 else "b.service"
        more = (("_SYSTEMD_UNIT", unit), ("PRIORITY", "3" if second in HITS else "6"))
        told.append(("web-1", second, f"bang {second}" if second in HITS else f"calm {second}", *more))
        told.append(("web-2", second + 0.5, f"other {second}"))
    return told


def shown(jhctl: Run, *words: str) -> list[str]:
    """The lines that jhctl prints of the story."""
    with Hub(entries(story())) as hub:
        done = jhctl(hub.url, *words)
    assert (0, b"") == (done.returncode, done.stderr)
    return messages(done.stdout)


def calm(first: int, last: int) -> list[str]:
    """The lines of web-1 from one second to another."""
    return [f"{'bang' if second in HITS else 'calm'} {second}" for second in range(first, last + 1)]


@pytest.mark.parametrize("words", [("-g", "bang"), ("--search", "bang"), ("-p", "err")])
def test_what_stands_around_hits_is_shown(jhctl: Run, words: tuple[str, ...]) -> None:
    """N entries of the same host on each side, nothing twice, `--` between places that do not touch."""
    expected = [*calm(3, 9), "--", *calm(18, 22), "--", *calm(25, 29)]
    assert expected == shown(jhctl, *words, "--context=2")


@pytest.mark.parametrize("words", [(), ("-r",)])
def test_many_hits_are_few_questions(jhctl: Run, words: tuple[str, ...]) -> None:
    """The surroundings of several hits are asked for at once."""
    told = [("web-1", second, "bang" if second % 10 == 5 else f"calm {second}") for second in range(3000)]
    with Hub(entries(told)) as hub:
        done = jhctl(hub.url, "-g", "bang", "--context=1", *words)
        asked = hub.asked["/api/v1/contexts"]
    assert (0, b"", 300 * 3 + 299) == (done.returncode, done.stderr, len(done.stdout.splitlines()))
    before = messages(done.stdout)[::-4] if words else messages(done.stdout)[::4]
    assert [f"calm {second}" for second in range(4, 3000, 10)] == before
    assert asked <= 20


def test_places_that_touch_are_one(jhctl: Run) -> None:
    """As with grep, there is no line between neighbours."""
    assert [*calm(2, 10), "--", *calm(17, 29)] == shown(jhctl, "-g", "bang", "--context=3")
    assert [*calm(1, 11), "--", *calm(16, 29)] == shown(jhctl, "-g", "bang", "--context=4")
    assert calm(0, 29) == shown(jhctl, "-g", "bang", "--context=6")


def test_contexts_go_backwards_with_the_output(jhctl: Run) -> None:
    """-r turns everything round; -n counts hits."""
    expected = [*calm(25, 29)[::-1], "--", *calm(18, 22)[::-1]]
    assert expected == shown(jhctl, "-g", "bang", "--context=2", "-r", "-n", "2")
    assert expected == shown(jhctl, "-g", "bang", "--context=2", "-n", "2")


def test_contexts_are_of_whom_the_options_name(jhctl: Run) -> None:
    """-u holds for the neighbours, too; what searches and bounds does not."""
    expected = ["calm 3", "bang 5", "bang 7", "calm 9", "--", "calm 25", "bang 27", "calm 29"]
    assert expected == shown(jhctl, "-g", "bang", "-u", "a", "--context=1")
    assert calm(3, 9) == shown(
        jhctl, "-g", "bang", "--context=2", "-S", f"@{EPOCH // SECOND + 4}", "-U", f"@{EPOCH // SECOND + 8}"
    )


def test_hosts_are_told_apart(jhctl: Run) -> None:
    """The context of a hit is its own host's, and another host is another place."""
    lines = shown(jhctl, "--search", '"bang 5" OR "other 5"', "--context=1")
    assert [*calm(4, 6), "--", "other 4", "other 5", "other 6"] == lines


@pytest.mark.parametrize("mode", ["json", "cat", "export"])
def test_modes_for_programs_have_entries_only(jhctl: Run, mode: str) -> None:
    """No line between places where programs read."""
    with Hub(entries(story())) as hub:
        done = jhctl(hub.url, "-g", "bang", "--context=2", "-o", mode)
    assert b"--\n" not in done.stdout
    assert 17 == done.stdout.count(b"bang ") + done.stdout.count(b"calm ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-f --context=2", "--context is refused with --follow"),
        ("--context=0", "give a number from 1 to 500"),
        ("--context=501", "give a number from 1 to 500"),
        ("--context=1 -N", "--context is refused with --fields"),
        ("--timeout=3", "--timeout is for --follow"),
        ("--timeout=x -f", "Failed to parse --timeout= argument: not a time span"),
        ("--until-match=no", "give a number from 1"),
        ("--buffer-window=2h -f", "longer than 3600 s"),
        ("--explain --list-boots", "--explain is refused with --list-boots"),
    ],
)
def test_what_makes_no_sense_is_refused(jhctl: Run, words: str, message: str) -> None:
    """One line, and the status of a bad option."""
    done = jhctl("http://127.0.0.1:1", *words.split())
    assert (1, b"") == (done.returncode, done.stdout)
    assert message in done.stderr.decode()


def node(host: str, *gaps: tuple[float, float, int, str]) -> dict[str, Any]:
    """A node of the ledger with gaps given as (since, until, entries, cause)."""
    told = [
        {"first": 1, "last": size, "since": EPOCH + int(since * SECOND), "until": EPOCH + int(until * SECOND)}
        | {"cause": cause, "seqnum_id": "ab"}
        for since, until, size, cause in gaps
    ]
    return {"hostname": host, "machine_id": MACHINES[host], "gaps": told}


NODES = [
    node("web-1", (3.2, 3.8, 1204, "rotated away"), (40, 41, 1, "not received")),
    node("web-2", (10.6, 11.4, 7, "a,\x1b[31m")),
]
FIRST = "-- Gap web-1: 1204 entries lost (rotated away) --"
OTHER = "-- Gap web-2: 7 entries lost (a, [31m) --"
LAST = "-- Gap web-1: 1 entry lost (not received) --"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", {FIRST: "calm 4", OTHER: "other 11", LAST: None}),
        ("-r", {LAST: "other 29", OTHER: "other 10", FIRST: "calm 3"}),
        ("-n 10", {LAST: None}),
        ("-n +4", {}),
        ("-n +10", {FIRST: "calm 4"}),
        ("-b", {FIRST: "calm 4", OTHER: "other 11"}),
        ("-H web-2", {OTHER: "other 11"}),
        ("-q", {}),
        ("-o cat", {}),
        (f"-S @{EPOCH // SECOND + 12}", {LAST: None}),
        (f"-S @{EPOCH // SECOND + 5} -U @{EPOCH // SECOND + 15}", {OTHER: "other 11"}),
        ("-t none", {FIRST: OTHER, OTHER: LAST, LAST: "-- No entries --"}),
    ],
)
def test_gaps_stand_where_they_happened(words: str, expected: dict[str, str | None]) -> None:
    """On a terminal a line between the entries around a gap, for what is shown of the hosts that are; None: the end."""
    with Hub(entries(story()), nodes=NODES) as hub:
        lines = messages(on_terminal(hub, "--no-pager", *words.split(), NO_COLOR="1")[1])
    lines = [line for line in lines if line]  # without a hint on stderr
    followed = {line: following for line, following in zip(lines, [*lines[1:], None], strict=True) if "Gap" in line}
    assert expected == followed


SAID = "jhctl: entries are lost within what is shown: 1205 of web-1, 7 of web-2; jhctl --list-gaps says when and why\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", SAID),
        ("-o json", SAID),
        ("-o export", SAID),
        ("-r", SAID),
        ("-n 10", SAID.replace("1205 of web-1, 7 of web-2", "1 of web-1")),
        ("-o export -n +5", ""),
        ("-q", ""),
    ],
)
def test_programs_hear_of_gaps_on_stderr(jhctl: Run, words: str, said: str) -> None:
    """A pipe gets journalctl's bytes; one line on stderr says what is missing, unless -q is given."""
    with Hub(entries(story()), nodes=NODES) as hub, Hub(entries(story())) as whole:
        done, plain = jhctl(hub.url, *words.split()), jhctl(whole.url, *words.split())
    assert (plain.stdout, said) == (done.stdout, done.stderr.decode())


def test_gaps_after_a_cursor_are_those_since(jhctl: Run) -> None:
    """Who reads on from a cursor hears of what was lost meanwhile, and not of older gaps."""
    told = entries(story())
    cursor = next(str(entry.cursor) for entry in told if entry.first("MESSAGE") == b"calm 9")
    with Hub(told, nodes=NODES) as hub:
        said = jhctl(hub.url, f"--after-cursor={cursor}").stderr.decode()
    assert ": 7 of web-2, 1 of web-1;" in said


def test_many_gaps_are_not_all_told() -> None:
    """The header is bounded, and says how many more there are."""
    many = [node("web-1", *((second / 10, second / 10, 1, "x") for second in range(1, 200)))]
    with Hub(entries(story()), nodes=many) as hub:
        lines = messages(on_terminal(hub, "--no-pager", NO_COLOR="1")[1])
    assert 101 == sum("-- Gap" in line for line in lines)
    assert "-- Gap: 99 more; jhctl --list-gaps --" == lines[-1]


def test_headers_that_are_none_are_no_gaps() -> None:
    """What cannot be read is left out."""
    assert ([], 0) == parse_gaps("") == parse_gaps("a b c d e, +x, 1 2 3, , h ² 1 2 c")
    assert b"" == GapLines("nonsense", 0, reverse=False, open_start=True).at_end()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("-u aa", "no entry has the unit 'aa.service'; did you mean a.service?"),
        ("-u nothing-like-it", "no entry has the unit 'nothing-like-it.service'"),
        ("-u a -t x", "no entry has the identifier 'x'"),
        ("PRIORTY=3", "no entry has the field 'PRIORTY'; did you mean PRIORITY?"),
        ("_SYSTEMD_UNIT=zzz", ""),
        ("-u a -S 2001-01-01 -U 2001-01-02", ""),
        ("-u aa -q", ""),
        ("-u a", ""),
        ("-F _HOSTNAM", "no entry has the field '_HOSTNAM'; did you mean _HOSTNAME?"),
        ("--count -u bb", "no entry has the unit 'bb.service'; did you mean b.service?"),
        ("--count=_SYSTEMD_UNITS", "no entry has the field '_SYSTEMD_UNITS'; did you mean _SYSTEMD_UNIT?"),
    ],
)
def test_names_that_nothing_has_are_told(jhctl: Run, words: str, said: str) -> None:
    """Where nothing was found, a name that no entry has at all is a line on stderr, with what was perhaps meant."""
    with Hub(entries(story())) as hub:
        done = jhctl(hub.url, *words.split())
    assert (0, f"jhctl: {said}\n" if said else "") == (done.returncode, done.stderr.decode())


@pytest.mark.parametrize("listing", ["--list-hosts", "--list-gaps", "--header"])
def test_a_host_that_is_none_is_no_empty_table(jhctl: Run, listing: str) -> None:
    """Tables of nodes refuse a mistyped host as entries do: status 2, and a line that says so."""
    with Hub(entries(story()), nodes=[{**one, "namespace": ""} for one in NODES]) as hub:
        done = jhctl(hub.url, listing, "-H", "wbe-*")
    said = "jhctl: no host matches wbe-*; jhctl --list-hosts lists all\n"
    assert (2, b"", said) == (done.returncode, done.stdout, done.stderr.decode())


def test_nodes_of_a_namespace_are_listed(jhctl: Run) -> None:
    """--header and --list-hosts keep to --namespace; the unit that -u names is passed over, as by journalctl."""
    numbers = dict.fromkeys(("last_seen", "last_entry", "entries", "duplicates", "refused", "missing", "suppressed"), 0)
    known: dict[str, Any] = {
        "version": "",
        "state": "live",
        "behind": None,
        "at_risk": False,
        "pending": [],
        "gaps": [],
        **numbers,
    }
    nodes = [{**known, **one, "namespace": name} for one in NODES for name in ("", "web", "db")]
    with Hub(entries(story()), nodes=nodes) as hub:

        def listed(*words: str) -> list[str]:
            lines = jhctl(hub.url, "--header", "-u", "none", *words).stdout.decode().splitlines()
            return [line.removeprefix("Namespace: ") for line in lines if line.startswith(("Namespace: ", "Host: "))]

        hosts = [f"Host: {one['hostname']}" for one in NODES]
        assert [part for host in hosts for part in (host, "web")] == listed("--namespace=web")
        assert [part for host in hosts for part in (host, host, "db")] == listed("--namespace=+db")
        assert hosts == listed("--namespace=") and 3 * len(hosts) == len(listed("--namespace=*")) - 2 * len(hosts)


def test_names_honour_matches(jhctl: Run) -> None:
    """-N and -F take matches: journalctl has no use for them there."""
    with Hub(entries(story())) as hub:
        assert jhctl(hub.url, "-N", "_SYSTEMD_UNIT=no").stdout == b""
        assert b"MESSAGE" in jhctl(hub.url, "-N", "_SYSTEMD_UNIT=a.service").stdout.splitlines()
        assert b"a.service\n" == jhctl(hub.url, "-F", "_SYSTEMD_UNIT", "_SYSTEMD_UNIT=a.service").stdout
        assert 1 == jhctl(hub.url, "-N", "extra").returncode


def test_stats_are_told(jhctl: Run) -> None:
    """--stats says at the end how much was shown; in the mode whose bytes are passed through, too."""
    with Hub(entries(story())) as hub:
        for mode in ("short", "export"):
            said = jhctl(hub.url, "--stats", "-u", "a", "-o", mode).stderr.decode()
            assert said.startswith("jhctl: 15 entries, ") and said.endswith(" UTC\n"), said
            assert " received, " in said and "Tue 2023-11-14 22:13:21 UTC to Tue 2023-11-14 22:13:49 UTC" in said
        assert jhctl(hub.url, "--stats", "-u", "zz", "-q").stderr.startswith(b"jhctl: 0 entries, 0B received, ")


def test_a_command_line_is_explained(jhctl: Run) -> None:
    """--explain says what is selected, where it is looked for, how much there is, and the other faces of it."""
    with Hub(entries(story())) as hub:
        done = jhctl(hub.url, "--explain", "-H", "web-*", "-p", "err", "--search", "bang OR boom", "-S", "2023-11-14")
        rows = dict(line.split(None, 1) for line in done.stdout.decode().splitlines())
        assert json.loads(jhctl(hub.url, "-p", "err", "-o", "json", "-n", "1").stdout)["PRIORITY"] == "3"
    assert (0, b"") == (done.returncode, done.stderr)
    assert {"Collector": hub.url, "host": "web-*", "priority": "err", "Hosts": "web-1"}.items() <= rows.items()
    assert "Tue 2023-11-14 00:00:00.000000 UTC to the last" == rows["Time"]
    assert "1 of 1, with 60 of 60 entries" == rows["Days"]
    assert rows["Entries"].startswith("4, counted in ")
    assert rows["API"].startswith(f"{hub.url}/api/v1/export?host=web-%2A")
    assert rows["Page"].startswith(f"{hub.url}/?q=") and "a.service, b.service" == rows["Units"]
