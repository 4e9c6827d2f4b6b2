"""The text format of Prometheus."""

from journalhub.journal.metrics import Metric, document, page

TABLE = (Metric("entries_total", "counter", "Entries stored."), Metric("ready", "gauge", "1 when ready.", "0"))


def test_the_page() -> None:
    """Names, types and whole numbers as Prometheus reads them."""
    assert (
        "# HELP journalhub_entries_total Entries stored.\n"
        "# TYPE journalhub_entries_total counter\n"
        "journalhub_entries_total 12345678901\n"
        "# HELP journalhub_ready 1 when ready.\n"
        "# TYPE journalhub_ready gauge\n"
        "journalhub_ready 0.5\n"
    ) == page(TABLE, {"ready": 0.5, "entries_total": 12_345_678_901})


def test_the_documentation() -> None:
    """A table for each heading, with every number."""
    assert "| `journalhub_ready` | gauge | 1 when ready. | 0 |\n" in document([("One", TABLE)])
