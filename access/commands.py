"""`journalhub ca`, `enroll`, `user` and `token`: who may send and read, changed while the collector runs."""

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from journalhub.access import authority as authorities
from journalhub.access.authority import Authority, AuthorityError
from journalhub.access.database import AccessError, Database
from journalhub.access.people import People
from journalhub.access.roles import READING_ROLES, Role, parse_role
from journalhub.access.senders import Senders
from journalhub.journal import timespan
from journalhub.journal.settings_values import SettingsError

EXIT_REFUSED = 1
"""What was asked for cannot be done; the message says why."""

CheckScope = Callable[[str], str | None]
"""Why a text is no query of the search language, or None."""


def ca(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`journalhub ca init|renew|show`."""
    parser = command_parser("journalhub ca", "The hub's own certificate authority.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    init = commands.add_parser("init", help="make the authority; TLS and logins are on")
    renew = commands.add_parser("renew", help="give the hub another certificate, with other names if some are given")
    for one in (init, renew):
        one.add_argument(
            "--name",
            action="append",
            default=[],
            metavar="NAME",
            help="a host name or address by which nodes and browsers reach the hub; may be repeated",
        )
    commands.add_parser("show", help="print the authority's certificate and its fingerprint")
    arguments, directory = parse_command(parser, argv, environ)
    return told("journalhub ca", lambda: _ca(arguments, directory))


def _ca(arguments: argparse.Namespace, directory: Path) -> None:
    if arguments.command == "init":
        own = authorities.init(directory, arguments.name or _own_names())
        Database(directory).close()
        print(f"The hub's authority is in {directory / authorities.DIRECTORY}; its fingerprint is")
        print(f"  {own.fingerprint}")
        print("Restart the collector: it serves TLS, and everybody must say who they are. Then:")
        print("  journalhub user add NAME --role admin           # you")
        print("  journalhub enroll --create-token --host GLOB    # prints the line to run on a node")
    elif arguments.command == "renew":
        own = Authority(directory)
        own.issue_hub(arguments.name or _own_names())
        print("The hub has a new certificate; a running collector takes it within seconds.")
    else:
        own = Authority(directory)
        print(own.pem.decode(), end="")
        print(f"fingerprint {own.fingerprint}")


def enroll(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`journalhub enroll`: tokens for nodes, and the nodes themselves."""
    parser = command_parser("journalhub enroll", "Let nodes send: make a token, list nodes, revoke one.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--create-token", action="store_true", help="print the line that enrols nodes")
    what.add_argument("--issue", metavar="HOST", help="make key and certificate here, for a stock uploader")
    what.add_argument("--list", action="store_true", help="list the nodes that are enrolled")
    what.add_argument("--revoke", metavar="NODE", help="a host name, machine id or fingerprint: refuse it from now on")
    parser.add_argument("--host", metavar="GLOB", default="*", help="host names that may use the token (default: all)")
    parser.add_argument("--ttl", metavar="TIME", default="1h", help="how long the token holds, as 30min or 2d (1h)")
    parser.add_argument("--relay", action="store_true", help="the node also ships journals of other machines")
    parser.add_argument("--machine-id", metavar="ID", help="with --issue: the node's /etc/machine-id")
    parser.add_argument("--out", metavar="DIR", type=Path, help="with --issue: where to write the three files")
    parser.add_argument("--url", metavar="URL", help="with --create-token: the hub's address as nodes reach it")
    arguments, directory = parse_command(parser, argv, environ)
    return told("journalhub enroll", lambda: _enroll(arguments, directory))


def _enroll(arguments: argparse.Namespace, directory: Path) -> None:
    database = Database(directory)
    try:
        senders = Senders(database)
        if arguments.create_token:
            own = Authority(directory)
            token = People(database).create_token(
                f"enrolment of {arguments.host}",
                Role.SENDER,
                hosts=arguments.host,
                relay=arguments.relay,
                seconds=timespan.parse(arguments.ttl) / 1_000_000,
                authority=own.fingerprint,
            )
            url = arguments.url or f"https://{_own_names()[0]}:19532"
            print(f"journalhub shipper enroll {url} {token}")
        elif arguments.issue:
            _issue(arguments, directory, senders)
        elif arguments.list:
            for row in senders.all():
                state = "revoked" if row.revoked is not None else f"until {_day(row.expires)}"
                machine = row.machine_id or "any machine"
                print(f"{row.hostname:<32} {machine:<32} {state:<16} {row.fingerprint[:16]}")
        elif not (number := senders.revoke(arguments.revoke)):
            raise AccessError(f"no enrolled node is called {arguments.revoke!r}; see journalhub enroll --list")
        else:
            print(f"revoked {number} certificate{'s' if number > 1 else ''} of {arguments.revoke}")
    finally:
        database.close()


def _issue(arguments: argparse.Namespace, directory: Path, senders: Senders) -> None:
    """Key and certificate for a node that cannot enrol: the three files of journal-upload.conf(5)."""
    if arguments.out is None or (arguments.machine_id is None and not arguments.relay):
        raise AccessError("--issue: give --out DIR, and --machine-id ID of the node (or --relay)")
    own = Authority(directory)
    key, request = authorities.new_request(arguments.issue)
    hosts = arguments.host if arguments.host != "*" or arguments.relay else arguments.issue
    machine_id = (arguments.machine_id or "").replace("-", "").lower()
    issued = senders.issue(own, request, arguments.issue, machine_id, hosts, relay=arguments.relay)
    arguments.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in (("key.pem", key), ("certificate.pem", issued.pem), ("authority.pem", own.pem)):
        path = arguments.out / name
        path.touch(0o600)
        path.write_bytes(content)
        print(path)


def user(argv: Sequence[str], environ: Mapping[str, str], check_scope: CheckScope) -> int:
    """`journalhub user add|passwd|logout|remove|list`."""
    parser = command_parser(
        "journalhub user", "People who may read. The password is asked for, or read from standard input."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="add a user")
    add.add_argument("name")
    _what_they_may(add)
    for name, said in (
        ("passwd", "change a password, and end the user's sessions"),
        ("logout", "end the user's sessions"),
        ("remove", "remove a user, and end the sessions"),
    ):
        commands.add_parser(name, help=said).add_argument("name")
    commands.add_parser("list", help="list all users")
    arguments, directory = parse_command(parser, argv, environ)
    return told(
        "journalhub user", lambda: _with_people(directory, lambda people: _user(arguments, people, check_scope))
    )


def _user(arguments: argparse.Namespace, people: People, check_scope: CheckScope) -> None:
    if arguments.command == "add":
        role, scope = parse_role(arguments.role), _scope(arguments.scope, check_scope)
        people.add_user(arguments.name, _ask_password(), role, scope)
    elif arguments.command == "list":
        for row in people.users():
            print(f"{row.name:<24} {row.role.word:<9} {_day(row.created)}  {row.scope or 'everything'}")
    elif arguments.command == "passwd":
        if not people.set_password(arguments.name, _ask_password()):
            raise AccessError(f"there is no user {arguments.name!r}; see journalhub user list")
    elif arguments.command == "logout":
        if (ended := people.end_sessions(arguments.name)) is None:
            raise AccessError(f"there is no user {arguments.name!r}; see journalhub user list")
        print(f"ended {ended} session{'' if ended == 1 else 's'} of {arguments.name}")
    elif not people.remove_user(arguments.name):
        raise AccessError(f"there is no user {arguments.name!r}; see journalhub user list")


def token(argv: Sequence[str], environ: Mapping[str, str], check_scope: CheckScope) -> int:
    """`journalhub token create|revoke|list`."""
    parser = command_parser("journalhub token", "Tokens of programs: Authorization: Bearer TOKEN.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    create = commands.add_parser("create", help="print a new token; it is shown this once")
    create.add_argument("name", help="what it is for, as lists and the audit trail call it")
    _what_they_may(create, sender=True)
    create.add_argument("--host", metavar="GLOB", default="*", help="with --role sender: host names it may send for")
    create.add_argument("--ttl", metavar="TIME", help="how long it holds, as 90d (default: until it is revoked)")
    commands.add_parser("revoke", help="refuse it from now on").add_argument("id")
    commands.add_parser("list", help="list all tokens")
    arguments, directory = parse_command(parser, argv, environ)
    return told(
        "journalhub token", lambda: _with_people(directory, lambda people: _token(arguments, people, check_scope))
    )


def _token(arguments: argparse.Namespace, people: People, check_scope: CheckScope) -> None:
    if arguments.command == "create":
        role, scope = parse_role(arguments.role), _scope(arguments.scope, check_scope)
        seconds = None if arguments.ttl is None else timespan.parse(arguments.ttl) / 1_000_000
        print(people.create_token(arguments.name, role, scope, hosts=arguments.host, seconds=seconds))
    elif arguments.command == "list":
        for row in people.tokens():
            until = "for ever" if row.expires is None else f"until {_day(row.expires)}"
            used = "never used" if row.used is None else f"used {_day(row.used)}"
            limit = row.scope or (row.hosts if row.role is Role.SENDER else "everything")
            print(f"{row.id}  {row.role.word:<9} {until:<18} {used:<16} {row.name}: {limit}")
    elif not people.revoke_token(arguments.id):
        raise AccessError(f"there is no token {arguments.id!r}; see journalhub token list")


def _what_they_may(parser: argparse.ArgumentParser, *, sender: bool = False) -> None:
    roles = [role.word for role in READING_ROLES] + (["sender"] if sender else [])
    parser.add_argument("--role", choices=roles, default="reader", help="what it may do (default: reader)")
    parser.add_argument(
        "--scope", metavar="QUERY", default="", help="show only entries that match this query of the search language"
    )


def _scope(text: str, check_scope: CheckScope) -> str:
    if text and (why := check_scope(text)) is not None:
        raise AccessError(f"--scope: {text!r} is no query: {why}; see docs/search-language.md")
    return text


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise AccessError("the two are not the same")
    return password


DATA_DIR_HELP = """
  --data-dir DIR   the collector's data directory (or JOURNALHUB_DATA_DIR; default /var/lib/journalhub/collector)
"""


def command_parser(prog: str, about: str) -> argparse.ArgumentParser:
    """A parser of a command on the collector's data directory; `parse_command` reads with it."""
    return argparse.ArgumentParser(
        prog=prog,
        description=about,
        epilog=DATA_DIR_HELP,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def parse_command(
    parser: argparse.ArgumentParser, argv: Sequence[str], environ: Mapping[str, str]
) -> tuple[argparse.Namespace, Path]:
    """The arguments, and the data directory, which may be named anywhere among them."""
    first = argparse.ArgumentParser(prog=parser.prog, add_help=False, allow_abbrev=False)
    first.add_argument("--data-dir", type=Path)
    named, rest = first.parse_known_args(argv)
    default = environ.get("JOURNALHUB_DATA_DIR") or "/var/lib/journalhub/collector"
    return parser.parse_args(rest), named.data_dir or Path(default)


def _with_people(directory: Path, work: Callable[[People], None]) -> None:
    database = Database(directory)
    try:
        work(People(database))
    finally:
        database.close()


def _own_names() -> list[str]:
    import socket

    name = socket.getfqdn()
    return [name, "localhost", "127.0.0.1", "::1"] if name != "localhost" else ["localhost", "127.0.0.1", "::1"]


def _day(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds // 1_000_000, UTC):%Y-%m-%d}"


def told(prog: str, work: Callable[[], None], *errors: type[Exception]) -> int:
    """Run a command; its errors, and those of the kinds named, are one line. The exit code."""
    expected: tuple[type[Exception], ...] = (AccessError, AuthorityError, SettingsError, ValueError, OSError)
    try:
        work()
    except expected + errors as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return EXIT_REFUSED
    return 0
