"""Settings: one table, four faces."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from journalhub.journal import settings_pages
from journalhub.journal.settings import HelpAsked, Setting, SettingsError, Values, load, load_or_exit

TABLE = (
    Setting("listen", "str", "127.0.0.1:1", "Address to listen on.", metavar="ADDRESS", group="Network"),
    Setting("data-dir", "path", Path("/var/lib/x"), "Where data is.", group="Data"),
    Setting("keep", "float", None, "How long entries stay.", unit="days", low=1, group="Data"),
    Setting("wait", "seconds", 90.0, "How long to wait.", low=0.001, high=3600),
    Setting("room", "bytes", 64 * 1024 * 1024, "Memory to use."),
    Setting("tries", "int", 3, "How often."),
    Setting("file", "path", (), "A journal file.", repeat=True),
    Setting("insecure", "flag", False, "Listen without TLS."),
    Setting("mode", "str", "a", "Which.", choices=("a", "b")),
    Setting("once", "flag", False, "End when done.", flag_only=True),
    Setting("quiet", "flag", False, "Say nothing.", short="-q"),
)


def read(*argv: str, environ: dict[str, str] | None = None, default_file: Path | None = None) -> Values:
    return load("prog", TABLE, argv, environ or {}, default_file=default_file)


def test_defaults() -> None:
    """Without any input every setting has its default."""
    values = read()

    assert {setting.name: setting.default for setting in TABLE} == dict(values)
    assert not values.is_given("listen")


@pytest.mark.parametrize(
    ("argv", "name", "value"),
    [
        (["--listen", "a:1"], "listen", "a:1"),
        (["--listen=a=b"], "listen", "a=b"),
        (["--data-dir", "/x y"], "data-dir", Path("/x y")),
        (["--keep", "1.5"], "keep", 1.5),
        (["--wait", "2min"], "wait", 120.0),
        (["--wait", "0.5"], "wait", 0.5),
        (["--wait=500ms"], "wait", 0.5),
        (["--room", "1.5G"], "room", 3 * 2**29),
        (["--room", "4096"], "room", 4096),
        (["--room", "2 MiB"], "room", 2 * 2**20),
        (["--file", "a", "--file=b"], "file", (Path("a"), Path("b"))),
        (["--insecure"], "insecure", True),
        (["--insecure", "--no-insecure"], "insecure", False),
        (["-q"], "quiet", True),
        (["--tries", "1", "--tries", "2"], "tries", 2),
    ],
)
def test_flags(argv: list[str], name: str, value: object) -> None:
    """A flag gives its value, with a blank or `=`, in the units of its kind; the last one counts."""
    assert value == read(*argv)[name]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--lisden", "x"], "unknown option --lisden; did you mean --listen?"),
        (["--data_dir", "x"], "unknown option --data_dir; did you mean --data-dir?"),
        (["--zzzz"], "unknown option --zzzz; see --help"),
        (["x"], "unexpected argument 'x'"),
        (["--listen"], "--listen wants a value"),
        (["--insecure=yes"], "--insecure takes no value"),
        (["--tries", "1.5"], "--tries: got '1.5'; want a whole number"),
        (["--keep", "x"], "--keep: got 'x'; want a number (days)"),
        (["--keep", "0.5"], "--keep: got 0.5 days; want at least 1 days"),
        (["--keep", "nan"], "want at least 1 days"),
        (["--wait", "2h"], "--wait: got 2 h; want at least 1 ms and at most 1 h"),
        (["--wait", "soon"], "--wait: got 'soon'; want a time span"),
        (["--room", "many"], "--room: got 'many'; want a size"),
        (["--mode", "c"], "--mode: got 'c'; want one of: a, b"),
        (["--config", "/nonexistent/x.toml"], "cannot read settings from /nonexistent/x.toml: No such file"),
    ],
)
def test_wrong_flags(argv: list[str], said: str) -> None:
    """A wrong command line is refused with a message that names the flag and what is wanted."""
    with pytest.raises(SettingsError) as caught:
        read(*argv)

    assert said in str(caught.value)


def test_precedence(tmp_path: Path) -> None:
    """A flag wins over the environment, that over the file, that over the default."""
    file = tmp_path / "x.toml"
    file.write_text('listen = "file"\nmode = "b"\nwait = 5\ntries = 7\n')
    values = read("--listen", "flag", environ={"JOURNALHUB_LISTEN": "env", "JOURNALHUB_WAIT": "1h"}, default_file=file)

    assert ("flag", 3600.0, "b", 7) == (values["listen"], values["wait"], values["mode"], values["tries"])
    assert "--listen" == values.sources["listen"]
    assert "JOURNALHUB_WAIT" == values.sources["wait"]
    assert f"{file}: mode" == values.sources["mode"]


def test_file_named(tmp_path: Path) -> None:
    """`--config` and JOURNALHUB_CONFIG name the file; lists, sizes, spans and flags are read from TOML's own types."""
    file = tmp_path / "x.toml"
    file.write_text('file = ["a", "b"]\nroom = "1G"\nwait = 0.25\ninsecure = true\nkeep = 2\n')
    for values in (read("--config", str(file)), read(environ={"JOURNALHUB_CONFIG": str(file)})):
        assert (Path("a"), Path("b")) == values["file"]
        assert (2**30, 0.25, True, 2.0) == (values["room"], values["wait"], values["insecure"], values["keep"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data_dir = 'x'", "unknown setting 'data_dir'; did you mean data-dir?"),
        ("zzz = 1", "unknown setting 'zzz'; settings are: listen, data-dir"),
        ("once = true", "unknown setting 'once'"),
        ("tries = '3'", "tries: got '3'; want a whole number"),
        ("tries = true", "tries: got True; want a whole number"),
        ("insecure = 1", "insecure: got 1; want true or false"),
        ("listen = 1", "listen: got 1; want a text"),
        ("[collector]\nlisten = 'x'", "unknown setting 'collector'"),
        ("listen = ", "cannot read settings from"),
    ],
)
def test_wrong_file(tmp_path: Path, text: str, said: str) -> None:
    """A wrong file is refused with its path, the key, and the nearest setting."""
    file = tmp_path / "x.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read("--config", str(file))

    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_environment() -> None:
    """Environment variables give flags as words and lists with commas; those of one run are not read."""
    values = read(environ={"JOURNALHUB_INSECURE": "yes", "JOURNALHUB_FILE": "a, b,", "JOURNALHUB_ONCE": "1"})

    assert (True, (Path("a"), Path("b")), False) == (values["insecure"], values["file"], values["once"])
    with pytest.raises(SettingsError, match="JOURNALHUB_INSECURE: got 'maybe'; want true or false"):
        read(environ={"JOURNALHUB_INSECURE": "maybe"})


def test_environment_misspelled() -> None:
    """A variable that looks like a misspelled setting is warned about; those of other programs are left alone."""
    values = read(environ={"JOURNALHUB_LISTEM": "x", "JOURNALHUB_COLLECTOR": "http://h", "LISTENX": "y"})

    assert ["environment variable JOURNALHUB_LISTEM is not a setting of prog; did you mean JOURNALHUB_LISTEN?"] == (
        values.warnings
    )


def test_contradictions() -> None:
    """A check that objects is an error with its words."""
    with pytest.raises(SettingsError, match="--once and --quiet"):
        load("prog", TABLE, ["--once"], {}, checks=[lambda v: "--once and --quiet" if v["once"] else None])


def test_into() -> None:
    """Values become a dataclass of the program, with underscores."""

    @dataclass(frozen=True)
    class Two:
        a_b: str
        c: int

    assert Two("x", 2) == load("p", [Setting("a-b", "str", "x", "A."), Setting("c", "int", 2, "C.")], [], {}).into(Two)


def test_help() -> None:
    """The help page names every setting with its default and fits a terminal."""
    with pytest.raises(HelpAsked) as caught:
        read("--listen", "x", "--help")

    page = caught.value.text
    assert all(f"--{setting.name}" in page for setting in TABLE)
    assert "Default: 64 MiB." in page
    assert max(map(len, page.splitlines())) <= 100


def test_sample_is_what_it_says() -> None:
    """The sample file, with every line in force, reads back as the defaults."""
    with pytest.raises(HelpAsked) as caught:
        read("--sample-config")
    text = caught.value.text
    enabled = [line[2:] for line in text.splitlines() if " = " in line and line.startswith("# ")]
    parsed = tomllib.loads("\n".join(enabled))

    assert [setting.name for setting in TABLE if not setting.flag_only] == list(parsed)
    assert ("127.0.0.1:1", "64M", 3, [], False) == tuple(
        parsed[key] for key in ("listen", "room", "tries", "file", "insecure")
    )


def test_markdown_names_everything() -> None:
    """The documentation has a row for each setting."""
    text = settings_pages.markdown(TABLE)

    assert all(f"| `--{setting.name}" in text for setting in TABLE)


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """A program ends with 0 after help and with 2, one line on stderr, after an error."""
    with pytest.raises(SystemExit) as good:
        load_or_exit("prog", TABLE, ["--help"], {})
    with pytest.raises(SystemExit) as bad:
        load_or_exit("prog", TABLE, ["--nope"], {})

    assert (0, 2) == (good.value.code, bad.value.code)
    out, err = capsys.readouterr()
    assert out.startswith("usage: prog")
    assert err.startswith("prog: unknown option --nope")
