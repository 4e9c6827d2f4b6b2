"""Reports of entries that are left out or changed: by rule and stream, with the seqnums exactly."""

from journalhub.shipper.columns import Address
from journalhub.shipper.frames import Report
from journalhub.shipper.limits import REPORTED_MAX, REPORTS_MAX


class LeftOut:
    """Collects what belongs to one batch. The form of a report is in docs/formats/batch.md."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Report] = {}
        self._closed: list[Report] = []
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether the batch must leave before much more is reported."""
        return self._count > 0 and (self._count >= REPORTED_MAX or len(self._open) + len(self._closed) >= REPORTS_MAX)

    def add(self, rule: str, address: Address) -> None:
        """An entry, or something in it."""
        seqnum_id, seqnum, _, _, realtime, _ = address
        self._count += 1
        report = self._open.get((rule, seqnum_id))
        if report is not None and seqnum > report["last"]:
            _extend(report, seqnum, realtime)
            return
        if report is not None:  # a journal read side by side with another part of it
            self._closed.append(report)
        self._open[rule, seqnum_id] = {
            "rule": rule, "count": 1, "seqnum_id": bytes.fromhex(seqnum_id[2:]), "first": seqnum, "last": seqnum,
            "since": realtime, "until": realtime, "runs": [1],
        }  # fmt: skip

    def take(self) -> list[Report]:
        """All reports since the last time."""
        reports = [*self._closed, *self._open.values()]
        self._open, self._closed, self._count = {}, [], 0
        return reports


def _extend(report: Report, seqnum: int, realtime: int) -> None:
    report["count"] += 1
    between = seqnum - report["last"] - 1
    if between:
        report["runs"] += [between, 1]
    else:
        report["runs"][-1] += 1
    report["last"] = seqnum
    report["since"], report["until"] = min(report["since"], realtime), max(report["until"], realtime)
