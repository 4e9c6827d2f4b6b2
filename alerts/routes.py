"""Puts alerts into a collector's application."""

from collections.abc import Callable

from aiohttp import web

from journalhub.alerts.book import Book
from journalhub.alerts.courier import MailSettings
from journalhub.alerts.handlers import AlertHandlers
from journalhub.alerts.keeper import Keeper
from journalhub.alerts.looking import Node
from journalhub.store.contract import Store


def add_routes(
    app: web.Application, *, book: Book, store: Store, nodes: Callable[[], list[Node]], mail: MailSettings
) -> Keeper:
    """Serve the API of the rules in `book`, and look at them from the app's startup on.

    Close the keeper, which closes `book`, before the store. `nodes` is called from a thread.
    """
    keeper = Keeper(book, store, nodes, mail)
    AlertHandlers(keeper).add_to(app)

    async def start(app: web.Application) -> None:
        keeper.start()

    app.on_startup.append(start)
    return keeper
