"""What a collector says of itself."""

from contextlib import closing
from pathlib import Path

import pytest

from journalhub.collector.hub import Hub, version
from journalhub.collector.settings import CollectorSettings
from journalhub.store.memory import MemoryStore


def test_status_tells_the_version_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Hub(MemoryStore(), CollectorSettings(data_dir=tmp_path))) as hub:
        runs = version()
        newer = tmp_path / "installed" / "journalhub-999.dist-info"
        newer.mkdir(parents=True)
        (newer / "METADATA").write_text("Metadata-Version: 2.1\nName: journalhub\nVersion: 999\n")
        monkeypatch.syspath_prepend(newer.parent)
        assert version() == "999"
        assert hub.status()["version"] == runs
