"""Entries that claim to be of another machine than their sender's are refused, each for itself."""

from journalhub.access.roles import Binding
from journalhub.collector.apart import rows_of
from journalhub.collector.errors import Refusal
from journalhub.collector.retained import Retained
from journalhub.journal.batch import Batch
from journalhub.journal.origin import Origin


def sift_bound(batch: Batch, binding: Binding | None) -> Retained:
    """Split a batch into what its sender may say and what not."""
    if binding is None:
        return Retained(batch, None, [])
    wrong = {
        number: reason
        for number, origin in enumerate(batch.origins)
        if (reason := why_not(origin, binding)) is not None
    }
    if not wrong:
        return Retained(batch, None, [])
    rows = [row for row, number in enumerate(batch.origin) if number not in wrong]
    refused = [(row, wrong[number]) for row, number in enumerate(batch.origin) if number in wrong]
    return Retained(rows_of(batch, rows), rows, refused)


def why_not(origin: Origin, binding: Binding) -> str | None:
    """Why a speaker is not one of the sender's, by every value of the two fields."""
    reasons = [binding.why_not(value, None) for name, value in origin.fields if name == "_MACHINE_ID"]
    reasons += [binding.why_not(None, value) for name, value in origin.fields if name == "_HOSTNAME"]
    return next((reason for reason in reasons if reason is not None), None)


def check_machine(machine_id: str, binding: Binding | None) -> None:
    """Raise Refusal (403) when a sender asks or reports about a machine that is not its own."""
    if binding is not None and binding.machine_id and machine_id not in ("", binding.machine_id):
        raise Refusal(
            403,
            f"this sender is enrolled for the machine {binding.machine_id}, not for {machine_id[:32]}",
            "enrol this node with a token of its own; machines must not share a certificate",
            where="machine_id",
        )
