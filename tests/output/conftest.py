"""Journals of real machines, unpacked."""

import tarfile
from pathlib import Path

import pytest
from tests.output.journals import SHARED


@pytest.fixture(scope="session")
def shared_journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a journal that a real machine wrote: several boots, a user, an unclean end."""
    directory = tmp_path_factory.mktemp("shared")
    with tarfile.open(SHARED / "journals/kjournald-export/journal.tar.gz") as archive:
        archive.extractall(directory, filter="data")
    return directory / "journal"
