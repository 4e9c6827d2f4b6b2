"""Certificates and tokens that are put in place while the shipper runs."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journalhub.access import authority as authorities
from journalhub.shipper.credentials import ends
from journalhub.shipper.errors import Exit, ShipperError
from journalhub.shipper.log import Log
from journalhub.shipper.reload import Watched, keep_current


def test_what_changes_is_noticed(tmp_path: Path) -> None:
    """A file that comes, is replaced, or goes; each once."""
    files = [tmp_path / "certificate.pem", tmp_path / "token"]
    watched = Watched(files)
    assert not watched.have_changed()
    files[1].write_text("a token")
    assert watched.have_changed()
    assert not watched.have_changed()
    (tmp_path / "new").write_text("b token")
    (tmp_path / "new").replace(files[1])
    assert watched.have_changed()
    files[1].unlink()
    assert watched.have_changed()


def test_half_a_pair(tmp_path: Path) -> None:
    """A certificate whose key is still the old one is not taken; when the key has come both are."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    said = io.StringIO()
    refused, taken = asyncio.Event(), asyncio.Event()

    def take() -> None:
        if not key.exists():
            refused.set()
            raise ShipperError(Exit.USAGE, "they do not fit")
        taken.set()

    async def both() -> None:
        keeping = asyncio.create_task(keep_current(Watched([certificate, key]), take, Log(said, {}), 0.01))
        certificate.write_text("new")
        await refused.wait()
        assert not taken.is_set()
        key.write_text("new")
        await taken.wait()
        keeping.cancel()

    asyncio.run(asyncio.wait_for(both(), 240))

    assert "stay in use" in said.getvalue()


@pytest.mark.parametrize("days", [-1, 90, 40_000])
def test_when_a_certificate_ends(days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from the certificate itself, beside a key and others, also beyond 2050, where times look otherwise."""
    monkeypatch.setattr(authorities, "SENDER_DAYS", days)
    monkeypatch.setattr(authorities, "CLOCK_SLACK", timedelta(days=3))
    authority = authorities.init(tmp_path, ["localhost"])
    key, request = authorities.new_request("web-1")
    issued = authority.issue_sender(request, "web-1", "a" * 32)
    file = tmp_path / "node.pem"
    for content in (issued.pem + key, key + issued.pem + authority.pem):
        file.write_bytes(content)
        assert ends(file) == issued.expires / 1e6
    assert (issued.expires / 1e6 > datetime.now(UTC).timestamp()) is (days > 0)


def test_what_is_no_certificate(tmp_path: Path) -> None:
    """Nothing is told of its end, and nothing raised."""
    file = tmp_path / "node.pem"
    assert ends(file) is None
    for content in (b"", b"\xff\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        file.write_bytes(content)
        assert ends(file) is None
