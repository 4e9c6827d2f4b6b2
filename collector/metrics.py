"""The collector's numbers on `GET /metrics`."""

from journalhub.journal.metrics import Metric, Table

TABLE: Table = (
    Metric("ready", "gauge", "1 when entries are taken and queries answered.", "0: `/readyz` says why"),
    Metric("nodes", "gauge", "Nodes in the ledger."),
    Metric("nodes_live", "gauge", "Nodes that ship and keep up."),
    Metric(
        "nodes_behind",
        "gauge",
        "Nodes that ship and do not keep up.",
        "above 0 for long: the node's network, the hub's disk",
    ),
    Metric("nodes_silent", "gauge", "Nodes that nothing came from.", "above 0: is the node up, does its shipper run?"),
    Metric(
        "behind_seconds_max", "gauge", "How far the node that is furthest behind is behind.", "rises: as `nodes_behind`"
    ),
    Metric(
        "nodes_at_risk",
        "gauge",
        "Nodes whose journald will soon delete entries that were not shipped.",
        "above 0: more room in the node's journald.conf, or a better network",
    ),
    Metric("nodes_pending", "gauge", "Nodes that still send older entries while the newest come already."),
    Metric("entries_total", "counter", "Entries stored, of all time."),
    Metric(
        "duplicates_total",
        "counter",
        "Entries that came again and were stored already.",
        "a steep rise: a sender that never hears its acknowledgement",
    ),
    Metric(
        "refused_total", "counter", "Entries and fields that were not taken.", "rises: `refused_reasons` of the nodes"
    ),
    Metric(
        "missing_entries",
        "gauge",
        "Entries that nodes wrote and the collector does not have.",
        "rises: `jhctl --list-gaps`",
    ),
    Metric("dropped_entries", "gauge", "Entries that nodes left out by a rule of theirs, or could not read."),
    Metric(
        "suppressed_entries",
        "gauge",
        "Entries that journald says it lost before they were written: rate limits, kernel.",
        "rises: `RateLimitBurst=` in the node's journald.conf",
    ),
    Metric("waiting_batches", "gauge", "Batches that wait for their commit.", "stays high: the disk is slow"),
    Metric(
        "ingest_memory_bytes",
        "gauge",
        "Memory of entries on their way to the disk.",
        "near `--ingest-memory`: senders are told to wait",
    ),
    Metric("uploads", "gauge", "Uploads of export text under way.", "near `--uploads`: further ones get 503"),
    Metric(
        "refused_requests_total",
        "counter",
        "Requests refused for want of the right identity.",
        "rises: `/api/v1/audit`",
    ),
    Metric("stored_bytes", "gauge", "Size of all days on disk, log and index."),
    Metric("partitions", "gauge", "Days that are stored."),
    Metric(
        "partitions_unindexed",
        "gauge",
        "Days whose index is not complete: their answers are partial.",
        "above 0 for long: `/api/v1/status`",
    ),
    Metric("disk_free_bytes", "gauge", "Free space where the data directory lies.", "falls to 0: `--retention-free`"),
    Metric(
        "oldest_entry_seconds",
        "gauge",
        "Age of the oldest entry that is stored.",
        "less than you have to keep: retention",
    ),
    Metric(
        "start_time_seconds",
        "gauge",
        "When the collector was started, seconds since the epoch.",
        "changes: it was restarted",
    ),
)
