"""docs/settings.md, from the tables: `python -m tests.collector.settings_page` writes it anew."""

from pathlib import Path

from journalhub.collector.settings import DEFAULT_FILE, TABLE
from journalhub.journal.settings_pages import markdown
from journalhub.shipper.main import CONFIG, SETTINGS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"

_HEAD = """\
# Settings

This page is generated from the tables that the programs themselves read.

Every setting is a flag (`--data-dir DIR`), an environment variable (`JOURNALHUB_DATA_DIR`) and a key of a TOML file
(`data-dir = "DIR"`). A flag wins over the environment, that over the file, that over the default. Unknown flags and
keys are errors that name the nearest setting; the exit code for settings that are wrong is 2.

The file is the one that `--config FILE` or `JOURNALHUB_CONFIG` names, else the one named below where it exists.
`--sample-config` prints one with every setting. Times are written as `90`, `500ms`, `2h` or `1d`, sizes as `4096`,
`64M` or `10G` (powers of 1024). What may be repeated is a list in the file and separated by commas in the environment.
"""


def page() -> str:
    """The whole page."""
    parts = [
        _HEAD,
        f"## journalhub collector\n\nFile: `{DEFAULT_FILE}`. How it is run: [operations.md](operations.md).\n",
        markdown(TABLE),
        f"## journalhub shipper\n\nFile: `{CONFIG}`. How it works: [shipper.md](shipper.md).\n",
        markdown(SETTINGS),
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
