"""The composition root: `journalhub COMMAND`. Each command imports only what it runs on."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from journalhub import __version__

if TYPE_CHECKING:
    from aiohttp import web

    from journalhub.alerts.courier import MailSettings
    from journalhub.collector.hub import Hub
    from journalhub.collector.settings import CollectorSettings

HELP = """\
usage: journalhub COMMAND [OPTION]…

journalctl for the whole fleet: ship, keep, search and show the journals of many hosts.

  collector   receive journals, keep and index them, serve the web page and the API
  reindex     build the search index anew from the stored entries
  verify      read everything that is stored and say what is damaged
  repair      make damaged days anew from what can still be read
  backup      copy everything, also while the collector runs
  restore     make a data directory of a backup
  ca          make the hub's own certificate authority: TLS and authentication are on
  enroll      let nodes send: make tokens, list nodes, revoke one
  user        people who may read
  token       tokens of programs
  alert       searches that notify
  shipper     on every node: send its journal to a collector (systemd-journal-upload works too)
  install     run shipper or collector as a service; uninstall takes it away
  doctor      on either: look for what is wrong, and say what to do about it

Searching is done with `jhctl`, which takes the options of journalctl.

  journalhub COMMAND --help   the options of a command, and how to set them in a file or the environment
  journalhub --version        print the version
"""

Run = Callable[[Sequence[str]], int]


def main() -> int:
    """Run the command of sys.argv; the exit code."""
    return run(sys.argv[1:])


def run(argv: Sequence[str]) -> int:
    """Run the command that `argv` begins with; the exit code."""
    if argv and argv[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if argv and argv[0] in ("-V", "--version", "version"):
        print(f"journalhub {__version__}")
        return 0
    if not argv:
        print(HELP, end="", file=sys.stderr)
        return 2
    command = COMMANDS.get(argv[0])
    if command is None:
        print(_unknown(argv[0]), file=sys.stderr)
        return 2
    try:
        return command(argv[1:])
    except BrokenPipeError:
        return 1


def _unknown(word: str) -> str:
    from difflib import get_close_matches

    meant = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean {meant[0]}?" if meant else f"commands are: {', '.join(COMMANDS)}; see --help"
    return f"journalhub: unknown command {word!r}; {hint}"


def _collector(argv: Sequence[str]) -> int:
    from journalhub.collector.main import run

    return run(argv, _faces)


def _faces(app: "web.Application", hub: "Hub") -> None:
    """Queries, alerts and the page, over the collector's store."""
    from journalhub.alerts import numbers
    from journalhub.alerts import routes as alerts
    from journalhub.alerts.book import Book
    from journalhub.journal.catalog_files import DIRECTORIES
    from journalhub.query import api, gatewayd
    from journalhub.web import routes

    queries = api.add_routes(
        app,
        store=hub.store,
        nodes=hub.ledger.nodes,
        status=hub.status,
        deadline=hub.settings.query_deadline,
        catalogs=(hub.settings.data_dir / "catalog", *DIRECTORIES),
    )
    gatewayd.add_routes(app, queries)
    mail = _mail_settings(hub.settings)
    book = Book(hub.settings.data_dir, put_aside=True)
    keeper = alerts.add_routes(app, book=book, store=hub.store, nodes=hub.ledger.nodes, mail=mail)
    hub.on_close.append(keeper.close)
    hub.more_numbers.append((numbers.TABLE, keeper.numbers))
    routes.add_routes(app, sign_on=hub.security.provider is not None)


def _mail_settings(settings: "CollectorSettings") -> "MailSettings":
    """How alerts are mailed. Raises StoreError when the password cannot be read."""
    from journalhub.alerts.courier import MailSettings
    from journalhub.collector.settings import parse_mail_server
    from journalhub.store.contract import StoreError

    if settings.mail_server is None:
        return MailSettings()
    server = parse_mail_server(settings.mail_server)
    password = None
    if settings.mail_password_file is not None:
        try:
            password = settings.mail_password_file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"cannot read --mail-password-file: {error}") from error
    return MailSettings(server.host, server.port, settings.mail_from or "", settings.mail_user, password)


def _shipper(argv: Sequence[str]) -> int:
    from journalhub.shipper.main import run

    return run(argv)


def _reindex(argv: Sequence[str]) -> int:
    from journalhub.collector.upkeep import reindex

    return reindex(argv)


def _verify(argv: Sequence[str]) -> int:
    from journalhub.collector.upkeep import verify

    return verify(argv)


def _repair(argv: Sequence[str]) -> int:
    from journalhub.collector.upkeep import repair

    return repair(argv)


def _backup(argv: Sequence[str]) -> int:
    from journalhub.collector.upkeep import backup

    return backup(argv)


def _restore(argv: Sequence[str]) -> int:
    from journalhub.collector.upkeep import restore

    return restore(argv)


def _ca(argv: Sequence[str]) -> int:
    from journalhub.access.commands import ca

    return ca(argv, os.environ)


def _enroll(argv: Sequence[str]) -> int:
    from journalhub.access.commands import enroll

    return enroll(argv, os.environ)


def _user(argv: Sequence[str]) -> int:
    from journalhub.access.commands import user
    from journalhub.query.plan.reader import why_no_scope

    return user(argv, os.environ, why_no_scope)


def _alert(argv: Sequence[str]) -> int:
    from journalhub.alerts.commands import alert

    return alert(argv, os.environ)


def _token(argv: Sequence[str]) -> int:
    from journalhub.access.commands import token
    from journalhub.query.plan.reader import why_no_scope

    return token(argv, os.environ, why_no_scope)


def _install(argv: Sequence[str]) -> int:
    from journalhub.install.commands import install

    return install(argv)


def _uninstall(argv: Sequence[str]) -> int:
    from journalhub.install.commands import uninstall

    return uninstall(argv)


DOCTOR = """\
usage: journalhub doctor [node|hub] [--json] [SETTING]…

Looks at this machine as a node, a hub, or whatever of the two it is set up as, and says what is wrong and what to do.
Settings are those of `journalhub shipper` and `journalhub collector`. The exit code is 1 when something is wrong.
"""


def _doctor(argv: Sequence[str]) -> int:
    from journalhub.collector import doctor as hub
    from journalhub.journal import findings
    from journalhub.journal.settings import SettingsError
    from journalhub.shipper import doctor as node
    from journalhub.shipper.main import CONFIG

    words = [word for word in argv if word != "--json"]
    if words and words[0] in ("-h", "--help"):
        print(DOCTOR, end="")
        return 0
    what, rest = (words[0], tuple(words[1:])) if words and words[0] in ("node", "hub") else ("", tuple(words))
    try:
        looks = []
        if what == "hub" or (not what and hub.has_hub(os.environ, rest)):
            looks += hub.looks(os.environ, rest)
        if what == "node" or (not what and (CONFIG.exists() or not looks)):
            looks += node.looks(os.environ, rest)
    except SettingsError as error:
        print(f"journalhub doctor: {error}", file=sys.stderr)
        return 2
    found = findings.look_at(looks)
    print((findings.as_json if "--json" in argv else findings.as_text)(found), end="")
    return 0 if findings.is_well(found) else 1


COMMANDS: dict[str, Run] = {
    "collector": _collector,
    "shipper": _shipper,
    "reindex": _reindex,
    "verify": _verify,
    "repair": _repair,
    "backup": _backup,
    "restore": _restore,
    "doctor": _doctor,
    "install": _install,
    "uninstall": _uninstall,
    "ca": _ca,
    "enroll": _enroll,
    "user": _user,
    "token": _token,
    "alert": _alert,
}

if __name__ == "__main__":
    raise SystemExit(main())
