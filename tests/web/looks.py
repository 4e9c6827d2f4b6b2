"""What people see: pictures of pages, and what axe-core finds wrong with them for those who do not see."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "web/frontend/node_modules/axe-core/axe.min.js"

PICTURES = os.environ.get("JOURNALHUB_PICTURES")
"""A directory where tests leave pictures of the pages, for somebody to look at; without it none are made."""

_RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .map(({id, impact, nodes}) => ({id, impact, where: nodes.map((node) => node.html.slice(0, 160)).slice(0, 5)}))"""


def picture(page: Page, name: str) -> None:
    """Leave a picture of the page as it is now, in light and in dark."""
    if not PICTURES:
        return
    directory = Path(PICTURES)
    directory.mkdir(parents=True, exist_ok=True)
    width = (page.viewport_size or {"width": 0})["width"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=directory / f"{name}-{width}-{scheme}.png")
    page.emulate_media(color_scheme="light")


def barriers(page: Page) -> list[dict[str, Any]]:
    """What axe-core finds on the page, in light and in dark: nothing on a good one."""
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found += [violation for violation in page.evaluate(_RUN) if violation not in found]
    page.emulate_media(color_scheme="light")
    return found
