"""The collector's settings, and that their page is fresh."""

from dataclasses import fields

import pytest
from tests.collector.settings_page import PAGE, page

from journalhub.collector.settings import TABLE, Address, CollectorSettings, parse_address, read_settings
from journalhub.journal.settings import SettingsError


def test_table_and_class_agree() -> None:
    """Every setting of the table is a field with the same default, and the other way round."""
    assert {setting.name.replace("-", "_"): setting.default for setting in TABLE} == {
        field.name: field.default for field in fields(CollectorSettings)
    }


def test_the_page_is_fresh() -> None:
    """docs/settings.md is what the tables give; write it anew with `python -m tests.collector.settings_page`."""
    assert page() == PAGE.read_text()


@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        ("127.0.0.1:19532", Address("127.0.0.1", 19532), True),
        ("127.8.8.8:1", Address("127.8.8.8", 1), True),
        ("localhost:0", Address("localhost", 0), True),
        ("[::1]:19532", Address("::1", 19532), True),
        ("[::]:19532", Address("::", 19532), False),
        ("*:19532", Address("", 19532), False),
        ("0.0.0.0:19532", Address("0.0.0.0", 19532), False),
        ("hub.example:19532", Address("hub.example", 19532), False),
    ],
)
def test_addresses(text: str, address: Address, loopback: bool) -> None:
    """An address is read, knows whether it is this machine's own, and prints as it was written."""
    assert (address, loopback, text) == (parse_address(text), parse_address(text).is_loopback, str(parse_address(text)))


@pytest.mark.parametrize("text", ["", "x", "127.0.0.1", ":19532", "127.0.0.1:", "127.0.0.1:http", "h:65536", "::1:80"])
def test_wrong_addresses(text: str) -> None:
    """What is no address says what one looks like."""
    with pytest.raises(SettingsError, match="want HOST:PORT"):
        parse_address(text)


def test_closed_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """An address beyond this machine is refused with the reason, unless --insecure is given."""
    for argv in (["--listen", "*:1"], ["--listen", "127.0.0.1:1", "--listen", "10.0.0.1:1"]):
        with pytest.raises(SystemExit) as caught:
            read_settings("journalhub collector", argv, {})
        assert (2, True) == (caught.value.code, "neither encrypted nor authenticated" in capsys.readouterr().err)
    settings, _ = read_settings("journalhub collector", ["--listen", "*:1", "--insecure"], {})
    assert ("*:1",) == settings.listen
