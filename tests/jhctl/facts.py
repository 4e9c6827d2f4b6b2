"""What a journal offers to select by, found in its entries."""

from collections import Counter
from collections.abc import Sequence

from journalhub.journal.entry import Entry


def facts_of(entries: Sequence[Entry], word: str) -> dict[str, str]:
    """Values for `combinations.selections`; times are written in the zone of the process."""
    quarter, half = entries[len(entries) // 4], entries[len(entries) // 2]
    units = _frequent(entries, "_SYSTEMD_UNIT")
    identifiers = _frequent(entries, "SYSLOG_IDENTIFIER")
    return {
        "unit": units[0],
        "unit2": units[-1],
        "identifier": identifiers[0],
        "identifier2": identifiers[-1],
        "pid": _frequent(entries, "_PID")[0],
        "word": word,
        "since": f"@{quarter.realtime // 1_000_000}.{quarter.realtime % 1_000_000:06d}",
        "until": f"@{half.realtime // 1_000_000}.{half.realtime % 1_000_000:06d}",
        "cursor": str(half.cursor),
        "boot": half.boot_id.hex(),
    }


def _frequent(entries: Sequence[Entry], field: str) -> list[str]:
    counted = Counter(value.decode() for entry in entries for value in entry.values(field))
    return [value for value, _ in counted.most_common(5)]
