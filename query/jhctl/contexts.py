"""`jhctl ctx`: which collector is meant and how one proves who one is there, kept under names for one user."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from journalhub.query.jhctl.failures import FAILURE, OK, FailureError
from journalhub.query.jhctl.getopt import UsageError

USAGE = """\
usage: jhctl ctx list                          the contexts, and which one is in use
       jhctl ctx add NAME URL [OPTION]…        add one, and use it
           --ca-file FILE                      believe this authority (journalhub ca show, on the hub)
           --token-command COMMAND             the token is what this prints
           --token                             ask for the token, or read it from standard input
       jhctl ctx use NAME                      use it from now on; JOURNALHUB_CONTEXT=NAME for one command
       jhctl ctx current                       the one in use
       jhctl ctx remove NAME

--collector goes before JOURNALHUB_COLLECTOR, which goes before the context; JOURNALHUB_TOKEN before its token.
"""

COMMAND_SECONDS = 30.0
"""For a token command to print a token: it may ask somebody."""


class Context(NamedTuple):
    """Where to ask, and as whom."""

    url: str | None = None
    token: str = ""
    ca_file: str = ""


def file_of(environ: Mapping[str, str]) -> str:
    """The path of the file where contexts are kept."""
    base = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME") or "/", ".config")
    return os.path.join(base, "journalhub", "contexts.json")


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """All contexts. Raises FailureError when the file cannot be read."""
    import json  # slow to import, and most people have no contexts

    path = file_of(environ)
    try:
        with open(path, "rb") as file:
            document = json.loads(file.read())
        return {"current": document.get("current"), "contexts": dict(document["contexts"])}
    except (FileNotFoundError, NotADirectoryError):
        return {"current": None, "contexts": {}}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FailureError(FAILURE, f"cannot read the contexts in {path}: {error}; mend or remove the file") from error


def chosen(environ: Mapping[str, str]) -> Context:
    """The context in force, its token asked for where a command gives it. Raises FailureError."""
    named = environ.get("JOURNALHUB_CONTEXT")
    if not named and not os.path.exists(file_of(environ)):
        return Context(token=environ.get("JOURNALHUB_TOKEN", ""))
    document = load(environ)
    name = named or document["current"]
    found = document["contexts"].get(name) if name else None
    if named and found is None:
        raise FailureError(FAILURE, f"there is no context {named!r}; see jhctl ctx list")
    found = found or {}
    token = environ.get("JOURNALHUB_TOKEN") or found.get("token", "")
    if not token and found.get("token_command"):
        token = _run(str(found["token_command"]))
    return Context(found.get("url"), str(token), str(found.get("ca_file", "")))


def _run(command: str) -> str:
    import subprocess

    try:
        done = subprocess.run(command, shell=True, capture_output=True, timeout=COMMAND_SECONDS)  # noqa: S602 - a setting
    except subprocess.TimeoutExpired as error:
        raise FailureError(FAILURE, f"the token command gave nothing within {COMMAND_SECONDS:g} s") from error
    token = done.stdout.decode(errors="replace").strip()
    if done.returncode != 0 or not token:
        said = done.stderr.decode(errors="replace").strip()[:200]
        raise FailureError(FAILURE, f"the token command ended with {done.returncode}: {said or 'it printed nothing'}")
    return token


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what `jhctl ctx …` asks. Raises UsageError and FailureError."""
    what, rest = (arguments[0], arguments[1:]) if arguments else ("help", ())
    if what in ("help", "-h", "--help"):
        sys.stdout.write(USAGE)
        return OK
    if what == "add" and len(rest) >= 2:
        return _add(rest[0], rest[1], rest[2:], environ)
    document = load(environ)
    contexts = document["contexts"]
    if what == "list" and not rest:
        for name in sorted(contexts):
            mark = "*" if name == document["current"] else " "
            sys.stdout.write(f"{mark} {name:<16} {contexts[name].get('url')}\n")
    elif what == "current" and not rest:
        name = environ.get("JOURNALHUB_CONTEXT") or document["current"]
        if name not in contexts:
            raise FailureError(FAILURE, "no context is in use; see jhctl ctx --help")
        sys.stdout.write(f"{name} {contexts[name].get('url')}\n")
    elif what in ("use", "remove") and len(rest) == 1:
        if rest[0] not in contexts:
            raise FailureError(FAILURE, f"there is no context {rest[0]!r}; see jhctl ctx list")
        if what == "remove":
            del contexts[rest[0]]
        document["current"] = (
            rest[0] if what == "use" else None if document["current"] == rest[0] else document["current"]
        )
        _save(document, environ)
    else:
        raise UsageError(f"jhctl ctx does not know {' '.join(arguments)!r}; see jhctl ctx --help")
    return OK


def _add(name: str, url: str, options: Sequence[str], environ: Mapping[str, str]) -> int:
    from journalhub.query.jhctl.address import parse

    try:
        parse(url)
    except ValueError as error:
        raise UsageError(str(error)) from error
    context = {"url": url}
    words = list(options)
    while words:
        word, equals, value = words.pop(0).partition("=")
        if word == "--token" and not equals:
            context["token"] = _ask()
        elif word in ("--ca-file", "--token-command") and (equals or words):
            value = value if equals else words.pop(0)
            context[word[2:].replace("-", "_")] = os.path.abspath(value) if word == "--ca-file" else value
        else:
            raise UsageError(f"jhctl ctx add does not know {word!r}; see jhctl ctx --help")
    document = load(environ)
    document["contexts"][name] = context
    document["current"] = name
    _save(document, environ)
    return OK


def _ask() -> str:
    if sys.stdin.isatty():
        import getpass

        token = getpass.getpass("Token: ")
    else:
        token = sys.stdin.readline()
    token = token.strip()
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise FailureError(FAILURE, "that is no token: want one word")
    return token


def _save(document: dict[str, Any], environ: Mapping[str, str]) -> None:
    import json
    from pathlib import Path

    from journalhub.journal.durable import write_atomically

    path = Path(file_of(environ))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(path, json.dumps(document, indent=1).encode() + b"\n", 0o600)
    except OSError as error:
        raise FailureError(FAILURE, f"cannot write {path}: {error.strerror}") from error
