"""What the demo asks of its collector."""

import json
import urllib.request
from typing import Any, NamedTuple

TIMEOUT = 5.0
"""Seconds to wait for an answer before it is asked again."""


class Arrived(NamedTuple):
    """What the collector has of the hosts that ship to it."""

    hosts: int
    entries: int


def ready(url: str) -> bool:
    """Whether the collector takes entries and answers."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=TIMEOUT) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def arrived(url: str) -> Arrived | None:
    """How much has arrived, or None while the collector does not answer."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/nodes", timeout=TIMEOUT) as answer:
            nodes: list[dict[str, Any]] = json.load(answer)["nodes"]
    except OSError:
        return None
    return Arrived(len({node["machine_id"] for node in nodes}), sum(node["entries"] for node in nodes))
