"""Questions to the collector's API (docs/api.md), and its refusals in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from journalhub.query.jhctl.address import Address
from journalhub.query.jhctl.client import ANSWER_SECONDS, Response, get
from journalhub.query.jhctl.failures import BAD_QUERY, FAILURE, NO_ANSWER, PARTIAL, REFUSED, FailureError

EXPORT = "application/vnd.fdo.journal"
EVENTS = "text/event-stream"
TEXT = "text/plain"
_JSON = "application/json"

Parameters = Sequence[tuple[str, str | bytes]]


def ask(
    address: Address,
    path: str,
    parameters: Parameters,
    kind: str = EXPORT,
    headers: Mapping[str, str] | None = None,
    timeout: float = ANSWER_SECONDS,
) -> Response:
    """The answer of `/api/v1/<path>`, which is of content type `kind`.

    Raises FailureError: for a refusal with what the collector says of it, for anything else that answers with what
    that seems to be.
    """
    response = get(address, f"/api/v1/{path}", parameters, headers, timeout)
    if response.status == 200 and response.headers.get("content-type", "").partition(";")[0] == kind:
        return response
    try:
        raise _failure(address, f"/api/v1/{path}", response, parameters)
    finally:
        response.close()


def ask_json(address: Address, path: str, parameters: Parameters) -> dict[str, Any]:
    """The JSON object that answers; FailureError with PARTIAL when it is incomplete."""
    import json

    response = ask(address, path, parameters, _JSON)
    try:
        document = json.loads(response.body())
    except ValueError as error:
        raise FailureError(NO_ANSWER, f"{address.url} sends no JSON: {error}") from error
    finally:
        response.close()
    if not isinstance(document, dict):
        raise FailureError(NO_ANSWER, f"{address.url} sends a {type(document).__name__} where an object is due")
    return document


def how_read(address: Address, search: bytes) -> str | None:
    """Why the text of --search is searched for as text, or None where it is a query.

    Raises FailureError with BAD_QUERY where it is neither.
    """
    parameters = [("q", search)]
    read = ask_json(address, "parse", parameters)
    if read.get("read_as") != "text":
        return None
    return printable(f"--search is taken as text, not as a query: {read.get('why')}")


def incomplete(reason: str) -> FailureError:
    """What an answer is that ended before it was whole."""
    return FailureError(PARTIAL, f"the answer is incomplete: {printable(reason)}")


def printable(text: str) -> str:
    """Text from elsewhere in one line for stderr, without control characters."""
    return "".join(character if character.isprintable() else " " for character in text[:2000])


def _failure(address: Address, path: str, response: Response, parameters: Parameters) -> FailureError:
    error = _error(response)
    if error is None:
        return _not_a_collector(address, path, response)
    code = error.get("code")
    if response.status in (401, 403, 429) or response.status >= 500:
        return FailureError(REFUSED, _said(error, f"the collector at {address.url} refuses ({response.status})"), code)
    if isinstance(line := error.get("journalctl"), str):
        return FailureError(FAILURE, printable(line), code)
    status = BAD_QUERY if error.get("where") in ("q", "host", "exclude_unit", "namespace") else FAILURE
    message = _said(error, "")
    if isinstance(at := error.get("at"), int):
        message += _pointer(str(error.get("where")), at, parameters)
    return FailureError(status, message, code)


def _error(response: Response) -> dict[str, Any] | None:
    """The error that the body of a refusal tells, or None where it tells none."""
    import json

    if not response.headers.get("content-type", "").startswith(_JSON):
        return None
    try:
        error = json.loads(response.body()).get("error")
    except (ValueError, AttributeError, FailureError):
        return None
    return error if isinstance(error, dict) and isinstance(error.get("what"), str) else None


def _not_a_collector(address: Address, path: str, response: Response) -> FailureError:
    if response.status in (401, 403, 407):
        return FailureError(REFUSED, f"{address.url} wants credentials (status {response.status})")
    if response.status in (429, 502, 503, 504):
        return FailureError(REFUSED, f"the collector behind {address.url} does not answer (status {response.status})")
    kind = response.headers.get("content-type", "no content type")
    return FailureError(
        NO_ANSWER,
        f"{address.url} answers, but not as a collector (status {response.status}, {printable(kind)[:60]} at {path}); "
        "set --collector URL",
    )


def _said(error: dict[str, Any], before: str) -> str:
    what = f"{before}: {error['what']}" if before else str(error["what"])
    do = error.get("do")
    return printable(f"{what}; {do}" if do else what)


def _pointer(parameter: str, at: int, parameters: Parameters) -> str:
    """Two further lines: the text that was not understood, and a caret below the place."""
    for name, value in parameters:
        if name == parameter:
            text = value.decode(errors="replace") if isinstance(value, bytes) else value
            shown = "".join(character if character.isprintable() else " " for character in text)
            start = max(0, at - 100)
            return f"\n  {shown[start : at + 60]}\n  {' ' * (at - start)}^"
    return ""
