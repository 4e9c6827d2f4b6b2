"""The name of the time zone of this process, which a collector that prints must know."""

from pathlib import Path

import pytest

from journalhub.query.jhctl.zone import zone_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("UTC", "UTC"),
        ("", "UTC"),
        (":Europe/Oslo", "Europe/Oslo"),
        ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", None),
        ("CET", None),
        ("../../etc/passwd", None),
        ("Europe/Oslo\n", None),
    ],
)
def test_of_the_environment(given: str, name: str | None) -> None:
    """As tzset(3) reads TZ; rules without a name have none."""
    assert name == zone_name({"TZ": given})


def test_of_the_machine(tmp_path: Path) -> None:
    """Where /etc/localtime links to; a file of its own says nothing, none is UTC."""
    link = tmp_path / "localtime"
    assert "UTC" == zone_name({}, str(link))
    link.symlink_to("/usr/share/zoneinfo/Asia/Kathmandu")
    assert "Asia/Kathmandu" == zone_name({}, str(link))
    link.unlink()
    link.write_bytes(b"TZif2")
    assert zone_name({}, str(link)) is None
