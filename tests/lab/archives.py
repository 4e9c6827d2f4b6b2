"""Archives of journal files."""

import tarfile
import zipfile
from pathlib import Path


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a .zip or .tar.gz into a directory, and return it."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(into)
        return into
    with tarfile.open(archive) as tar:
        # The Python 3.11.2 of Debian 12 has no filters yet; newer ones warn without.
        if hasattr(tarfile, "data_filter"):
            tar.extractall(into, filter="data")
        else:
            tar.extractall(into)
    return into
