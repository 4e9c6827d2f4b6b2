"""The newest systemd-journal-upload, which can show a token: docs/security.md tells how, and it is so."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector
from tests.integration.programs import assert_same_entries, journalctl, wait_until
from tests.lab.journald import JournaldHost
from tests.lab.trees import NEWEST, NoTreeError, stock_program

from journalhub.access.roles import Role


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[SecuredCollector]:
    """A collector of the test's own, empty."""
    with SecuredCollector(tmp_path / "hub") as running:
        yield running


def test_a_token_is_enough(
    journald_host: Callable[..., JournaldHost], own_hub: SecuredCollector, tmp_path: Path
) -> None:
    """Over TLS that it checks, without a certificate of its own; what another host's token sends is refused."""
    try:
        program = stock_program(NEWEST, "usr/lib/systemd/systemd-journal-upload")
    except NoTreeError as why:
        pytest.skip(str(why))
    host = journald_host("web-1")
    host.run(["systemd-cat", "-t", "app"], "\n".join(f"line {number}" for number in range(50)))
    host.sync()
    expected = journalctl("--directory", host.log_directory)
    settings = host.directory / "etc" / "journal-upload.conf"

    def upload(token: str) -> int:
        lines = [
            *("[Upload]", f"URL={own_hub.url}", f"TrustedCertificateFile={own_hub.authority_file}"),
            *("ServerKeyFile=-", "ServerCertificateFile=-", f"Header=Authorization: Bearer {token}", ""),
        ]
        settings.write_text("\n".join(lines))
        state = f"--save-state={tmp_path / 'state'}"
        return host.run([*program, f"--directory={host.log_directory}", state, "--follow=no"], check=False).returncode

    reader = own_hub.token(Role.READER)
    assert 0 != upload("jht_0000000000_" + "0" * 48)
    assert 0 == upload(own_hub.token(Role.SENDER, hosts="db-*"))
    assert 0 == own_hub.get("/api/v1/count", reader)["matched"]
    (tmp_path / "state").unlink()
    assert 0 == upload(own_hub.token(Role.SENDER, hosts="web-*"))
    count = expected.count(b"__CURSOR=")
    wait_until("all are found", lambda: own_hub.get("/api/v1/count", reader)["matched"] == count)
    assert_same_entries(expected, own_hub.ask("/api/v1/export", reader).body)
