"""`journalhub alert`: rules, changed while the collector runs; it takes them within seconds."""

import argparse
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from journalhub.access.commands import command_parser, parse_command, told
from journalhub.alerts import messages
from journalhub.alerts.book import Book, BookError
from journalhub.alerts.rule import QUERIES, Rule, RuleError, parse_rule
from journalhub.alerts.targets import FORMS
from journalhub.journal import timespan
from journalhub.query.plan.reader import why_no_scope

PROG = "journalhub alert"


def alert(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """`journalhub alert add|list|remove|test`; the exit code."""
    parser = command_parser(PROG, "Searches that notify: docs/alerts.md.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_options(commands.add_parser("add", help="add a rule, or put another one in its place"))
    commands.add_parser("list", help="list all rules, and what fires")
    for name, said in (("remove", "remove a rule"), ("test", "send a test to the receivers of a rule")):
        commands.add_parser(name, help=said).add_argument("name")
    arguments, directory = parse_command(parser, argv, environ)
    return told(PROG, lambda: _alert(arguments, directory), BookError)


def _add_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("name")
    what = add.add_mutually_exclusive_group(required=True)
    what.add_argument("--query", metavar="QUERY", help="fire for entries that match this query")
    what.add_argument(
        "--new", metavar="QUERY", nargs="?", const="", help="fire for messages unlike any of the day before"
    )
    what.add_argument("--silent", action="store_true", help="fire for nodes that nothing comes from")
    what.add_argument("--gap", action="store_true", help="fire for nodes of which entries have gone missing")
    add.add_argument("--above", metavar="N", type=int, default=0, help="with --query and --new: for more than N (0)")
    add.add_argument("--by", metavar="FIELD", help="with --query: count each value of a field, as _HOSTNAME, by itself")
    add.add_argument("--within", metavar="TIME", help="within this time: 5min; --new and --silent 15min, --gap 1h")
    add.add_argument("--host", metavar="GLOB", help="with --silent and --gap: of these hosts (all)")
    add.add_argument("--notify", metavar="TARGET", action="append", default=[], help=f"{FORMS}; may be repeated")
    add.add_argument("--disabled", action="store_true", help="keep the rule, and do not look")


def _alert(arguments: argparse.Namespace, directory: Path) -> None:
    if not directory.is_dir():
        raise BookError(f"{directory} is not there; start the collector first, or give --data-dir")
    book = Book(directory)
    try:
        if arguments.command == "add":
            book.put(parse_rule(arguments.name, _document(arguments), why_no_scope))
        elif arguments.command == "list":
            _list(book)
        elif arguments.command == "remove":
            if not book.remove(arguments.name):
                raise RuleError(f"there is no rule {arguments.name!r}; see {PROG} list", "name")
        else:
            rule = _named(book, arguments.name)
            for target in rule.notify:
                book.wait(target, messages.trial(rule, time.time_ns() // 1000))
                print(f"{target}: a running collector sends it within seconds")
    finally:
        book.close()


def _document(arguments: argparse.Namespace) -> dict[str, Any]:
    """The rule as the API would get it."""
    kind = "silent" if arguments.silent else "gap" if arguments.gap else "matches"
    query = arguments.query
    if arguments.new is not None:
        kind, query = "new", arguments.new
    document: dict[str, Any] = {"kind": kind, "notify": arguments.notify, "enabled": not arguments.disabled}
    if kind in QUERIES:
        document |= {"query": query, "above": arguments.above}
    elif arguments.above:
        raise RuleError("--above is for --query and --new", "above")
    fitting = {"--by": kind == "matches", "--host": kind not in QUERIES}
    for option, key, text in (("--by", "by", arguments.by), ("--host", "hosts", arguments.host)):
        if text is not None and not fitting[option]:
            raise RuleError(f"{option} is not for rules of kind {kind}", key)
        if text is not None:
            document[key] = text
    if arguments.within is not None:
        document["within"] = timespan.parse(arguments.within) / timespan.SECOND
    return document


def _list(book: Book) -> None:
    for rule in book.rules():
        firing = book.firing(rule.name)
        state = "disabled" if not rule.enabled else f"{len(firing)} firing" if firing else "quiet"
        print(f"{rule.name:<24} {state:<10} {_what(rule)}")
        for one in firing.values():
            since = datetime.fromtimestamp(one.since // timespan.SECOND, UTC)
            print(f"  since {since:%Y-%m-%d %H:%M:%S} UTC: {one.found.summary}")
        for target in rule.notify:
            print(f"  to {target}")


def _what(rule: Rule) -> str:
    from journalhub.alerts.looking import span

    if rule.kind == "matches":
        by = f" of one {rule.by}" if rule.by else ""
        return f"more than {rule.above}{by} in {span(rule.within)}: {rule.query}"
    if rule.kind == "new":
        return f"more than {rule.above} of a new pattern in {span(rule.within)}{rule.query and ': '}{rule.query}"
    if rule.kind == "silent":
        return f"nothing from a node of {rule.hosts} for {span(rule.within)}"
    return f"entries of a node of {rule.hosts} missing"


def _named(book: Book, name: str) -> Rule:
    for rule in book.rules():
        if rule.name == name:
            return rule
    raise RuleError(f"there is no rule {name!r}; see {PROG} list", "name")
