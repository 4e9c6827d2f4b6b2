"""Answers in the words of systemd-journal-gatewayd, and what becomes of errors."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from journalhub.query.api.answers import COMMON_HEADERS
from journalhub.query.api.limits import RETRY_AFTER
from journalhub.query.api.service import CLIENT_CLOSED
from journalhub.query.api.work import AskerGoneError
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import StoreError

PARTIAL_HEADER = "Journalhub-Partial"
"""The header that says why an answer is incomplete, where that is known before it begins."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SaidError(Exception):
    """A request that is answered with a status and one line, as the stock program does."""

    def __init__(self, text: str, status: int = 400, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after


def text_answer(text: str, status: int) -> web.Response:
    """One line of plain text."""
    return body_answer(f"{text}\n".encode(), "text/plain", status=status)


def body_answer(body: bytes, content_type: str, *, reason: str | None = None, status: int = 200) -> web.Response:
    """A whole answer; `reason` is why it is incomplete. No charset is named, as in the stock program's."""
    return web.Response(body=body, content_type=content_type, status=status, headers=headers(reason))


def headers(reason: str | None) -> dict[str, str]:
    """The headers of every answer."""
    if reason is None:
        return dict(COMMON_HEADERS)
    return COMMON_HEADERS | {PARTIAL_HEADER: "".join(c if " " <= c <= "~" else "?" for c in reason)}


def answered(handler: Handler) -> Handler:
    """`handler` for GET, with every other method and every error that a user can meet made an answer."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.method != "GET":
            response = text_answer("Unsupported method.", 406)
            response.force_close()  # its body, if it has one, was not read
            return response
        try:
            return await handler(request)
        except SaidError as said:
            return _refused(str(said), said.status, said.retry_after)
        except Refusal as refusal:
            return _refused(f"{refusal.what}; {refusal.do}", refusal.status, refusal.retry_after)
        except StoreError as error:
            return _refused(str(error), 503, RETRY_AFTER)
        except AskerGoneError:
            return web.Response(status=CLIENT_CLOSED)

    return handle


def _refused(text: str, status: int, retry_after: int | None) -> web.Response:
    response = text_answer(text, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
