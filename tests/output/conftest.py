"""Journals of real machines, unpacked."""

from pathlib import Path

import pytest
from tests.lab.archives import unpack
from tests.output.journals import SHARED


@pytest.fixture(scope="session")
def shared_journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a journal that a real machine wrote: several boots, a user, an unclean end."""
    directory = tmp_path_factory.mktemp("shared")
    return unpack(SHARED / "journals/kjournald-export/journal.tar.gz", directory) / "journal"
