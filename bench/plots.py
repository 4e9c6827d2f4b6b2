"""Bars with ranges, as SVG: no library, and the same bytes for the same figures."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

ROW, LEFT, RIGHT, WIDTH = 26, 300, 90, 900
"""Pixels: height of a bar's row, room for names and figures, width of the picture."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure: its name, its median, and the range of the runs."""

    name: str
    median: float
    lowest: float
    highest: float


def svg(title: str, unit: str, bars: list[Bar]) -> str:
    """The bars as one picture."""
    highest = max((bar.highest for bar in bars), default=1.0) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / highest
    height = 44 + ROW * len(bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif"'
        ' font-size="13"><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="12" y="24" font-size="15" font-weight="bold">{escape(title)}, {escape(unit)}</text>',
    ]
    for at, bar in enumerate(bars):
        top = 40 + ROW * at
        middle = top + ROW / 2 - 3
        parts.append(
            f'<text x="{LEFT - 10}" y="{middle + 5:.1f}" text-anchor="end">{escape(bar.name)}</text>'
            f'<rect x="{LEFT}" y="{top}" width="{bar.median * scale:.1f}" height="{ROW - 8}" fill="#3b7ddd"/>'
            f'<path d="M{LEFT + bar.lowest * scale:.1f} {middle:.1f}H{LEFT + bar.highest * scale:.1f}"'
            ' stroke="#222" stroke-width="2"/>'
            f'<text x="{LEFT + bar.highest * scale + 8:.1f}" y="{middle + 5:.1f}">{bar.median:,.4g}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def write(directory: Path, name: str, title: str, unit: str, bars: list[Bar]) -> None:
    """The bars as `name`.svg in a directory, which is made where it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.svg").write_text(svg(title, unit, bars))
