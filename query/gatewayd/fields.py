"""`/fields/NAME`: the distinct values of a field."""

from collections.abc import Iterable

from aiohttp import web

from journalhub.journal.jsonform import JSON_VALUE_MAX
from journalhub.journal.printable import is_text
from journalhub.query.api.answers import JSON
from journalhub.query.api.limits import TERMS_ALL
from journalhub.query.api.names import selected_values
from journalhub.query.api.service import Service
from journalhub.query.gatewayd.answers import Handler, SaidError, answered, body_answer
from journalhub.query.gatewayd.arguments import is_field, parse_arguments
from journalhub.query.gatewayd.entries import accepted
from journalhub.query.plan.selection import Selection
from journalhub.store.contract import Budget

ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("\t"): "\\u0009"}
"""What the stock program writes for the characters of a text that JSON does not take as they are."""


def fields_handler(service: Service) -> Handler:
    """The handler of /fields/NAME; matches limit it to the values of the entries that match."""

    async def handle(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if not is_field(name):
            raise SaidError("Failed to query unique fields.")
        try:
            arguments = parse_arguments(request.rel_url.raw_query_string, ("all",))
        except ValueError as error:
            raise SaidError("Failed to parse URL arguments.") from error
        as_json = accepted(request) == JSON
        budget = Budget(service.sources.deadline)

        def answer() -> tuple[bytes, str | None]:
            store = service.sources_for(request).store
            reason = None
            if arguments.matches:
                selection = Selection(matches=arguments.expression())
                values, reason = selected_values(store, selection, name, b"", budget)
            else:
                values = store.values(name, limit=TERMS_ALL + 1)
            if len(values) > TERMS_ALL:
                reason = f"there are more than {TERMS_ALL} values"
            lines = _json_lines(name, values, arguments.has("all")) if as_json else (value + b"\n" for value in values)
            return b"".join(lines), reason

        body, reason = await service.queries.run(request, budget, answer)
        return body_answer(body, JSON if as_json else "text/plain", reason=reason)

    return answered(handle)


def _json_lines(name: str, values: Iterable[bytes], show_all: bool) -> Iterable[bytes]:
    return (b'{ "%b" : %b }\n' % (name.encode(), _json_value(value, show_all)) for value in values)


def _json_value(value: bytes, show_all: bool) -> bytes:
    if len(value) >= JSON_VALUE_MAX and not show_all:
        return b"null"
    if is_text(value):
        return b'"%b"' % value.decode().translate(ESCAPES).encode()
    return b"[ " + b", ".join(b"%d" % byte for byte in value) + b" ]"
