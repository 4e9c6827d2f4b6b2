"""The command line is split as getopt_long splits it."""

import subprocess

import pytest
from tests.jhctl.hub import environment

from journalhub.query.jhctl.getopt import UsageError, split
from journalhub.query.jhctl.options import OPTIONS


def takes_number(name: str, argument: str) -> bool:
    """What `-n` and `-b` may take from the next word, for these tests."""
    return argument.lstrip("-").isdigit()


def names(*arguments: str) -> tuple[list[tuple[str, str | None]], list[str]]:
    """Options by name with their arguments, and the words."""
    given, words = split(arguments, takes_number)
    return [(one.option.name, one.argument) for one in given], words


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", []),
        ("-r", [("reverse", None)]),
        ("-rq", [("reverse", None), ("quiet", None)]),
        ("-rn5", [("reverse", None), ("lines", "5")]),
        ("-rn 5", [("reverse", None), ("lines", "5")]),
        ("-n 5", [("lines", "5")]),
        ("-n5", [("lines", "5")]),
        ("-n -r", [("lines", None), ("reverse", None)]),
        ("-nr", [("lines", "r")]),
        ("--lines=5", [("lines", "5")]),
        ("--lines 5", [("lines", "5")]),
        ("--lines", [("lines", None)]),
        ("--lines=", [("lines", "")]),
        ("-b -1", [("boot", "-1")]),
        ("-b -r", [("boot", None), ("reverse", None)]),
        ("-b-1", [("boot", "-1")]),
        ("-u a -ub --unit c --unit=d", [("unit", "a"), ("unit", "b"), ("unit", "c"), ("unit", "d")]),
        ("-u -r", [("unit", "-r")]),
        ("-u --", [("unit", "--")]),
        ("--since=a=b", [("since", "a=b")]),
        ("--rev --quie --unt x", [("reverse", None), ("quiet", None), ("until", "x")]),
        ("--field X", [("field", "X")]),
        ("--boot", [("boot", None)]),
    ],
)
def test_options_are_found(arguments: str, expected: list[tuple[str, str | None]]) -> None:
    """Each spelling of getopt gives the option and its argument."""
    assert (expected, []) == names(*arguments.replace("--unt", "--unti").split())


def test_words_and_options_mix() -> None:
    """Words may stand anywhere; behind `--` everything is a word."""
    assert ([("reverse", None), ("lines", "3")], ["A=1", "+", "B=2", "-r", "-"]) == names(
        *["A=1", "-r", "+", "-n", "3", "B=2", "--", "-r", "-"]
    )
    assert ([], ["-"]) == names("-")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--bogus", "unrecognized option '--bogus'"),
        ("--bogus=1", "unrecognized option '--bogus=1'"),
        ("-Z", "invalid option -- 'Z'"),
        ("-rZ", "invalid option -- 'Z'"),
        ("-u", "option requires an argument -- 'u'"),
        ("-ru", "option requires an argument -- 'u'"),
        ("--unit", "option '--unit' requires an argument"),
        ("--utc=1", "option '--utc' doesn't allow an argument"),
        ("--reverse=yes", "option '--reverse' doesn't allow an argument"),
    ],
)
def test_bad_options_are_refused_in_the_words_of_journalctl(arguments: str, message: str) -> None:
    """The message is getopt's, which journalctl prints, too."""
    with pytest.raises(UsageError) as refused:
        names(*arguments.split())
    theirs = subprocess.run(["journalctl", *arguments.split()], capture_output=True, text=True, env=environment())

    assert message == str(refused.value)
    assert (1, f"journalctl: {message}") == (theirs.returncode, theirs.stderr.splitlines()[0])


def test_an_ambiguous_prefix_names_what_it_can_mean() -> None:
    """A prefix of several long options is refused with their names."""
    with pytest.raises(UsageError, match="option '--no' is ambiguous; possibilities: .*'--no-tail'.*'--no-hostname'"):
        names("--no")


def test_every_option_of_journalctl_is_known() -> None:
    """What `journalctl --help` lists is taken or refused by name, with the same letter."""
    listed = subprocess.run(["journalctl", "--help"], capture_output=True, text=True, check=True, env=environment())
    known = {option.name: option.short for option in OPTIONS}
    for line in listed.stdout.splitlines():
        words = line.replace("=", " ").replace("[", " ").split()
        long = next((word[2:] for word in words[:2] if word.startswith("--")), None)
        if line.startswith("  ") and long:
            short = words[0][1:] if len(words[0]) == 2 else ""
            assert (long, known.get(long)) == (long, short or known.get(long))


def test_no_spelling_is_given_twice() -> None:
    """Each letter and each name means one option."""
    spelled = [option.short for option in OPTIONS if option.short] + [option.name for option in OPTIONS]
    assert len(spelled) == len(set(spelled))
