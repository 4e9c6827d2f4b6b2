"""The documentation is about the program that is there."""

import re
import subprocess
from pathlib import Path

import pytest
from deploy.dev.main import COMMANDS
from tests.test_structure import ROOT, tracked

PAGES = tracked("*.md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links(page: Path) -> list[Path]:
    """Files of the repository that a page links to."""
    targets = [target.partition("#")[0] for target in LINK.findall(page.read_text())]
    return [page.parent / target for target in targets if target and "://" not in target]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file of the repository."""
    assert [] == [str(target) for target in links(page) if not target.exists()]


def test_every_page_can_be_found() -> None:
    """From README.md one comes to every page."""
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page.suffix == ".md" and page not in seen and page.is_file():
            seen.add(page)
            waiting += links(page)

    assert [] == [str(page.relative_to(ROOT)) for page in PAGES if page not in seen]


def test_the_two_commands_come_first() -> None:
    """README.md begins with how to see it work and how to test it."""
    beginning = "\n".join((ROOT / "README.md").read_text().splitlines()[:25])

    assert "./dev up" in beginning and "./dev test" in beginning


def test_dev_commands_in_the_documentation_exist() -> None:
    """Each `./dev NAME` that a page shows is a command."""
    named = {name for page in PAGES for name in re.findall(r"\./dev ([a-z]+)", page.read_text())}

    assert set() == named - set(COMMANDS)


def test_dev_alone_lists_its_commands() -> None:
    """`./dev` prints every command, and an unknown one is refused."""
    listed = subprocess.run([ROOT / "dev"], capture_output=True, text=True)
    unknown = subprocess.run([ROOT / "dev", "nonsense"], capture_output=True, text=True)

    assert (0, 2) == (listed.returncode, unknown.returncode)
    assert all(command.usage in listed.stdout for command in COMMANDS.values())
    assert "nonsense" in unknown.stderr
