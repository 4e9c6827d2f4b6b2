"""What `journalhub doctor` finds: a state, what was looked at, and what to do."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong"]

_MARK = {"ok": "ok      ", "warning": "WARNING ", "wrong": "WRONG   "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    """What: a word or two."""
    state: State
    what: str
    """How it is."""
    do: str = ""
    """What to do about it; empty when it is as it should be."""


Look = Callable[[], Iterable[Finding]]


def ok(subject: str, what: str) -> Finding:
    """As it should be."""
    return Finding(subject, "ok", what)


def warning(subject: str, what: str, do: str) -> Finding:
    """Works for now."""
    return Finding(subject, "warning", what, do)


def wrong(subject: str, what: str, do: str) -> Finding:
    """Does not work."""
    return Finding(subject, "wrong", what, do)


def look_at(looks: Iterable[tuple[str, Look]]) -> list[Finding]:
    """All findings; a look that fails in a way that nobody thought of is a finding itself."""
    found: list[Finding] = []
    for subject, look in looks:
        try:
            found += look()
        except Exception as error:  # noqa: BLE001 - the doctor must finish his round
            said = f"could not be looked at: {type(error).__name__}: {error}"
            found.append(wrong(subject, said, "please report this with the message"))
    return found


def as_text(findings: Iterable[Finding]) -> str:
    """For people."""
    lines = []
    for finding in findings:
        lines.append(f"{_MARK[finding.state]}{finding.subject}: {finding.what}")
        if finding.do:
            lines.append(f"          → {finding.do}")
    return "\n".join(lines) + "\n"


def as_json(findings: Iterable[Finding]) -> str:
    """For programs: one object per finding, in an array."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1) + "\n"


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong; warnings are not."""
    return all(finding.state != "wrong" for finding in findings)
