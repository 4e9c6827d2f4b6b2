"""`GET /metrics`: a few numbers in the Prometheus text format, enough to alert on."""

from collections.abc import Mapping

CONTENT_TYPE = "text/plain; version=0.0.4"

_HELP = {
    "nodes": ("gauge", "Nodes in the ledger."),
    "nodes_live": ("gauge", "Nodes that ship and keep up."),
    "nodes_behind": ("gauge", "Nodes that ship and do not keep up."),
    "nodes_silent": ("gauge", "Nodes that nothing came from."),
    "nodes_at_risk": ("gauge", "Nodes whose journald will soon delete entries that were not shipped."),
    "nodes_pending": ("gauge", "Nodes that still send older entries while the newest come already."),
    "entries_total": ("counter", "Entries stored."),
    "duplicates_total": ("counter", "Entries that were stored already."),
    "refused_total": ("counter", "Entries and fields that were not taken."),
    "missing_entries": ("gauge", "Entries that nodes wrote and the collector does not have."),
    "dropped_entries": ("gauge", "Entries that nodes left out by a rule of theirs, or could not read."),
    "suppressed_entries": (
        "gauge",
        "Entries that journald says it lost before they were written: rate limits, kernel.",
    ),
    "waiting_batches": ("gauge", "Batches that wait for their commit."),
    "ingest_memory_bytes": ("gauge", "Memory of entries on their way to the disk."),
    "uploads": ("gauge", "Uploads of export text under way."),
    "ready": ("gauge", "1 when entries are taken and queries answered."),
}


def page(numbers: Mapping[str, float]) -> str:
    """The text for these numbers, which are named as in the table above."""
    lines = []
    for name, value in numbers.items():
        kind, said = _HELP[name]
        lines += [
            f"# HELP journalhub_{name} {said}",
            f"# TYPE journalhub_{name} {kind}",
            f"journalhub_{name} {value:.15g}",
        ]
    return "\n".join(lines) + "\n"
