"""The gaps within a selection, as the header of an export tells them: what is missing between the entries it gives."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from journalhub.query.api.limits import GAPS_TOLD
from journalhub.query.plan.resolve import host_matches
from journalhub.query.plan.selection import Selection

GAPS_HEADER = "Journalhub-Gaps"
"""`HOST ENTRIES SINCE UNTIL CAUSE` of each gap, by time, with commas between; at the end `+N` for N further ones."""


def gaps_header(nodes: Iterable[Mapping[str, Any]], selection: Selection) -> str:
    """The value of the header; empty where nothing is missing. Gaps of unknown time have no place among entries."""
    found = sorted(_gaps(nodes, selection))
    told = [
        f"{quote(host, safe='')} {entries} {since} {until} {quote(cause, safe='')}"
        for since, until, host, entries, cause in found[:GAPS_TOLD]
    ]
    more = [f"+{len(found) - GAPS_TOLD}"] if len(found) > GAPS_TOLD else []
    return ", ".join(told + more)


def _gaps(nodes: Iterable[Mapping[str, Any]], selection: Selection) -> Iterator[tuple[int, int, str, int, str]]:
    for node in nodes:
        gaps = node.get("gaps")
        if not gaps or not host_matches(selection.hosts, node["hostname"].encode(), node["machine_id"].encode()):
            continue
        for gap in gaps:
            since, until = gap["since"] or gap["until"], gap["until"] or gap["since"]
            if until and until >= selection.since and since <= selection.until:
                yield since, until, node["hostname"], gap["last"] - gap["first"] + 1, gap["cause"]
