"""The JSON form: as journalctl prints it, and nothing lost on the way back."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.journal.real import journalctl, make_journal, needs_remote, needs_shared, read_export, unpack_shared
from tests.journal.strategies import entries
from tests.journal.test_export_real import VALUES

from journalhub.journal.entry import Entry
from journalhub.journal.jsonform import from_object, to_object

ID = bytes(range(16))


def grouped(entry: Entry) -> Entry:
    """The entry with the values of a repeated field together, which is all that the JSON form changes."""
    names = list(dict.fromkeys(name for name, _ in entry.fields))
    return entry._replace(fields=tuple((name, value) for name in names for value in entry.values(name)))


@given(entries)
def test_round_trip(entry: Entry) -> None:
    """With all values shown, and through JSON text, an entry comes back as it was."""
    shown = json.loads(json.dumps(to_object(entry, seqnum=True)))

    assert grouped(entry) == from_object(shown)
    assert shown == to_object(from_object(shown), seqnum=True)


def test_form() -> None:
    """Text is text, bytes are numbers, a repeated field is an array, the address comes first."""
    entry = Entry(ID, 1, ID, 2, 3, 4, (("A", b"1"), ("B", b"\xff\n"), ("A", b"\x00"), ("C", b"x\ty\n"), ("A", b"")))
    shown = to_object(entry)

    assert ["__CURSOR", "__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP", "_BOOT_ID", "A", "B", "C"] == list(shown)
    assert {"A": ["1", [0], ""], "B": [255, 10], "C": "x\ty\n", "__REALTIME_TIMESTAMP": "3"}.items() <= shown.items()
    assert ["__CURSOR", "__REALTIME_TIMESTAMP", "__MONOTONIC_TIMESTAMP", "_BOOT_ID", "B"] == list(
        to_object(entry, fields=frozenset({"B"}))
    )
    assert {"__SEQNUM": "1", "__SEQNUM_ID": ID.hex()}.items() <= to_object(entry, seqnum=True).items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"MESSAGE": None}, "null"),
        ({"MESSAGE": ["a", None]}, "null"),
        ({"MESSAGE": {"a": 1}}, "dict"),
        ({"MESSAGE": 5}, "int"),
        ({"MESSAGE": [256]}, "bad value"),
        ({"MESSAGE": "\ud800"}, "bad value"),
        ({"message": "x"}, "not a field name"),
        ({"__REALTIME_TIMESTAMP": "x", "__CURSOR": "y"}, "no __REALTIME"),
        ({"__REALTIME_TIMESTAMP": 5, "__CURSOR": None}, "no __REALTIME"),
    ],
)
def test_not_an_entry(change: dict[str, Any], message: str) -> None:
    """What is no entry is refused, and why is told."""
    shown = to_object(Entry(ID, 1, ID, 2, 3, 4, (("A", b"1"),)))

    with pytest.raises(ValueError, match=message):
        from_object(shown | change)


def test_unknown_keys_are_ignored() -> None:
    """Keys like `__POSITION` are no fields."""
    entry = Entry(ID, 1, ID, 2, 3, 4, (("A", b"1"),))

    assert entry == from_object(to_object(entry) | {"__POSITION": "1.2", "__CLIPPED": {"A": 3}})


@needs_remote
def test_as_journalctl(tmp_path: Path) -> None:
    """journalctl shows the same object, with and without --all, at every edge of what is text and what is long."""
    fields = [[("MESSAGE", value), ("N", b"1")] for value in VALUES]
    fields += [[("MESSAGE", b"x" * size), ("MESSAGE", b"y"), ("MESSAGE", b"\n")] for size in range(4085, 4092)]
    journal = make_journal(tmp_path / "edges.journal", fields)
    entries = read_export(journalctl("--file", journal, "-o", "export"))

    for show_all, options in ((True, ["--all"]), (False, [])):
        printed = journalctl("--file", journal, "-o", "json", *options).splitlines()
        assert [json.loads(line) for line in printed] == [to_object(entry, show_all=show_all) for entry in entries]


@needs_remote
@needs_shared
def test_sample_journals(tmp_path: Path) -> None:
    """journalctl shows the same objects for the entries of real journals, and they read back."""
    for path in unpack_shared(tmp_path):
        if "system" not in path.name or path.name.endswith("~") or path.parent.name == "velociraptor":
            continue
        entries = read_export(journalctl("--file", path, "-o", "export"))
        printed = [json.loads(line) for line in journalctl("--file", path, "-o", "json", "--all").splitlines()]

        assert printed == list(map(to_object, entries))
        assert list(map(grouped, entries)) == [
            grouped(from_object({name: shown[name] for name in to_object(entry)}))
            for entry, shown in zip(entries, printed, strict=True)
        ]
