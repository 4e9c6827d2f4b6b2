"""What the collector's HTTP answers say."""

import json

from journalhub.shipper.commands import Answer


def read_answer(status: int, headers: dict[str, str], body: bytes) -> Answer:
    """What an HTTP answer says, whoever gave it."""
    try:
        document = json.loads(body) if body else None
    except ValueError:
        document = None
    after = headers.get("retry-after", "")
    retry_after = float(after) if after.isascii() and after.isdigit() else None
    if not isinstance(document, dict):
        return Answer(status, understood=False, error=reason(body), retry_after=retry_after)
    acknowledged = document.get("acknowledged")
    refused = document.get("refused")
    return Answer(
        status,
        acknowledged=acknowledged if isinstance(acknowledged, str) else None,
        understood=("acknowledged" in document) if status == 200 else "error" in document,
        refused=len(refused) if isinstance(refused, list) else 0,
        error="" if status == 200 else reason(body),
        retry_after=retry_after,
    )


def reason(body: bytes) -> str:
    """The reason in an error's body, as text for the log."""
    try:
        error = json.loads(body)["error"]
        return ", ".join(str(error[key]) for key in ("what", "where", "do") if error.get(key))[:500]
    except (ValueError, KeyError, TypeError, AttributeError):
        return body[:200].decode("utf-8", "replace")
