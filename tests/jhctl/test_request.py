"""What options mean together."""

import pytest

from journalhub.query.jhctl.getopt import UsageError
from journalhub.query.jhctl.options import OPTIONS, Option
from journalhub.query.jhctl.request import Request, read


def parse_time(text: str) -> int:
    """Seconds as microseconds, for these tests."""
    if not text.isdigit():
        raise ValueError("not a number")
    return int(text) * 1_000_000


def request(*arguments: str, **environ: str) -> Request:
    """The request of a command line."""
    return read(arguments, environ, parse_time)


def selection(*arguments: str) -> list[tuple[str, str | bytes]]:
    """The parameters of the API for a command line."""
    return request(*arguments).selection()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", []),
        ("-u a -u b", [("unit", b"a"), ("unit", b"b")]),
        ("-p err -p info", [("priority", b"info")]),
        ("-H a -H b", [("host", b"a"), ("host", b"b")]),
        ("-T x --exclude-unit=y", [("exclude_identifier", b"x"), ("exclude_unit", b"y")]),
        ("--namespace=* --namespace=+x", [("namespace", b"+x")]),
        ("--system -u a", [("unit", b"a"), ("journal", "system")]),
        ("--user -u a", [("user_unit", b"a")]),
        ("-S 1 -U 2", [("since", "@1.000000"), ("until", "@2.000000")]),
        ("-b", [("boot", "0")]),
        ("-b -1", [("boot", "-1")]),
        ("-b all", []),
        ("-k", [("boot", "0"), ("dmesg", "1")]),
        ("-k -b all", [("dmesg", "1")]),
        ("-b all -k", [("boot", "0"), ("dmesg", "1")]),
        ("-b -2 -k", [("boot", "-2"), ("dmesg", "1")]),
        ("--this-boot", [("boot", "0")]),
        ("-e", [("boot", "0")]),
        ("-g x", [("grep", b"x")]),
        ("-g x --case-sensitive", [("grep", b"x"), ("case_sensitive", "1")]),
        ("-g x --case-sensitive=no", [("grep", b"x"), ("case_sensitive", "0")]),
        ("A=1 + B=2", [("match", b"A=1"), ("match", b"+"), ("match", b"B=2")]),
        ("/bin/x", [("match", b"_EXE=/bin/x")]),
        ("--facility=kern,3", [("facility", "kern,3")]),
        ("--search a", [("q", b"a")]),
        ("A=\udcff", [("match", b"A=\xff")]),
    ],
)
def test_options_select(arguments: str, expected: list[tuple[str, str | bytes]]) -> None:
    """Each option that selects becomes a parameter of the API."""
    assert expected == selection(*arguments.split())


@pytest.mark.parametrize(
    ("arguments", "lines", "reverse"),
    [
        ("", None, False),
        ("-n", 10, False),
        ("-n 3", 3, False),
        ("-n all", None, False),
        ("-n 3 -r", 3, True),
        ("-n 3 -g x", 3, True),
        ("-n +3 -g x", 3, False),
        ("-g x", None, False),
        ("-n 3 -f -g x", 3, False),
        ("-f", 10, False),
        ("-f -S 1", None, False),
        ("-f --no-tail", None, False),
        ("-n 3 --no-tail", None, False),
        ("-e", 1000, False),
        ("-e -n 3", 3, False),
        ("-n 3 -e", 3, False),
        ("-n 0", 0, False),
    ],
)
def test_options_say_how_many(arguments: str, lines: int | None, reverse: bool) -> None:
    """The number of entries and the direction follow from all options together."""
    got = request(*arguments.split())
    assert (lines, reverse) == (got.lines, got.reverse)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-n x1=", "words"),
        ("-nx", "Failed to parse lines 'x'"),
        ("--lines=-1", "Failed to parse lines '-1'"),
        ("--lines=", "Failed to parse lines ''"),
        ("-bx", "Failed to parse boot descriptor 'x'"),
        ("-S x", "Failed to parse timestamp: x (not a number)"),
        ("-S 2 -U 1", "--since= must be before --until=."),
        ("-S 1 -c x", "Please specify only one of --since=, --cursor=, and --after-cursor=."),
        ("-c x --after-cursor=y", "Please specify only one of --since=, --cursor=, and --after-cursor=."),
        ("-r -f", "Please specify either --reverse= or --follow=, not both."),
        ("-o x", "Unknown output format 'x'."),
        ("--case-sensitive=x -g y", 'Bad --case-sensitive= argument "x": Invalid argument'),
        ("-F lower", "'lower' is no field name; give capitals, digits and _"),
        ("--list-boots x", "Extraneous arguments starting with 'x'"),
        ("--disk-usage -H a", "--host is refused with --disk-usage: it speaks of everything that the collector stores"),
        (
            "--header --user",
            "--system or --user is refused with --header: it speaks of nodes, which is what --host and --namespace "
            "choose among",
        ),
        (
            "--list-boots --search a",
            "--search is refused with --list-boots: a boot is one with all its entries; --host, --namespace, "
            "--system and --user choose among boots",
        ),
        ("-n +1 -r", "--lines=+N is not supported in conjunction with --reverse or --follow."),
        ("--search a --search b", "--search is given twice; write one query, its parts joined by AND or OR"),
        ("/dev/sda", "'/dev/sda' is a device of this machine; use a match on _KERNEL_DEVICE="),
        ("--color=red", "Failed to parse --color= argument 'red'; give auto, always, never"),
    ],
)
def test_contradictions_are_refused(arguments: str, message: str) -> None:
    """Where journalctl refuses, the message is its own."""
    if message == "words":
        assert ["x1="] == request(*arguments.split()).words
        return
    with pytest.raises(UsageError) as refused:
        request(*arguments.split())
    assert message == str(refused.value)


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.refused], ids=lambda option: option.name)
def test_options_that_are_not_there_are_refused(option: Option) -> None:
    """No option of journalctl is silently ignored."""
    with pytest.raises(UsageError, match=f"--{option.name} is refused: [a-z]"):
        request(f"--{option.name}=x" if option.argument else f"--{option.name}")


@pytest.mark.parametrize("mode", ["export", "json", "json-pretty", "json-sse", "json-seq", "cat"])
def test_modes_for_programs_are_quiet(mode: str) -> None:
    """Modes that programs read print nothing but entries."""
    assert (True, mode) == (request("-o", mode).quiet, request("-o", mode).output)


def test_the_collector_is_named_by_option_then_environment() -> None:
    """--collector wins over JOURNALHUB_COLLECTOR; without both it is for the context to say."""
    assert request().collector is None
    assert "http://a:1" == request(JOURNALHUB_COLLECTOR="http://a:1").collector
    assert "http://b:2" == request("--collector=http://b:2", JOURNALHUB_COLLECTOR="http://a:1").collector


@pytest.mark.parametrize(
    ("arguments", "action"),
    [("-h", "short-help"), ("--help", "help"), ("--version", "version"), ("-o help", "modes"), ("-N", "fields")],
)
def test_actions(arguments: str, action: str) -> None:
    """Options that are commands say what to do."""
    assert action == request(*arguments.split()).action


def test_help_comes_before_what_follows_it() -> None:
    """As in journalctl, what stands behind --help is not looked at."""
    assert "short-help" == request("-h", "-o", "no-such-mode").action
    assert "modes" == request("-o", "help", "-r", "-f").action
