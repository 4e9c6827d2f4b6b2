"""The parameters of a request, each read once; what nobody asked for is an error."""

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from journalhub.query.plan.refusal import Refusal

PARAMETERS_MAX = 1000
"""Parameters of one request: more than any person selects, few enough to AND together."""

NUMBER_DIGITS_MAX = 20
"""Digits of a number: those of 2^64. Python's own integer parser is quadratic in the length."""


class Parameters:
    """The query string of one request.

    Values are text with surrogateescape, so that `match` and the like can carry any bytes percent-encoded
    (`text_bytes` gives them back); the readers of human text refuse bytes that are not UTF-8.
    """

    def __init__(self, raw_query: str) -> None:
        try:
            pairs = parse_qsl(
                raw_query, keep_blank_values=True, errors="surrogateescape", max_num_fields=PARAMETERS_MAX
            )
        except ValueError as error:
            raise Refusal(
                f"cannot read the parameters: {error}", where="query string", do=f"send at most {PARAMETERS_MAX}"
            ) from error
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def many(self, name: str) -> list[str]:
        """All values of a repeatable parameter, in order."""
        return self._values.pop(name, [])

    def one(self, name: str) -> str | None:
        """The value of a parameter that may be given once, or None."""
        values = self._values.pop(name, None)
        if values is None:  # nearly all of two dozen
            return None
        if len(values) > 1:
            raise Refusal(f"{name} is given {len(values)} times", where=name, do="give it once")
        return values[0]

    def text(self, name: str) -> str | None:
        """The value of a parameter that is human text, UTF-8."""
        return None if (value := self.one(name)) is None else utf8(name, value)

    def peek(self, name: str) -> str | None:
        """The first value of a parameter that somebody else reads, and checks."""
        return next(iter(self._values.get(name, ())), None)

    def texts(self, name: str) -> list[str]:
        """All values of a repeatable parameter that is human text, UTF-8."""
        return [utf8(name, value) for value in self.many(name)]

    def integer(self, name: str, low: int, high: int, default: int | None) -> int | None:
        """A decimal number within `low`..`high`."""
        value = self.one(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= NUMBER_DIGITS_MAX and low <= int(value) <= high):
            raise Refusal(f"{name} is {shown(value)}", where=name, do=f"give a number from {low} to {high}")
        return int(value)

    def flag(self, name: str) -> bool | None:
        """`1` or `0`, in any spelling of systemd's parse_boolean; None where it is absent."""
        value = self.one(name)
        if value is None:
            return None
        if value.lower() in ("1", "yes", "y", "true", "t", "on", ""):
            return True
        if value.lower() in ("0", "no", "n", "false", "f", "off"):
            return False
        raise Refusal(f"{name} is {shown(value)}", where=name, do="give 1 or 0")

    def choice(self, name: str, options: Sequence[str], default: str | None) -> str | None:
        """One of `options`."""
        value = self.one(name)
        if value is not None and value not in options:
            raise Refusal(f"{name} is {shown(value)}", where=name, do=f"give one of {', '.join(options)}")
        return default if value is None else value

    def finish(self, known: Iterable[str]) -> None:
        """Refuse what nobody has read: a misspelt parameter must not widen an answer silently."""
        for name in self._values:
            raise Refusal(
                f"unknown parameter {shown(name)}",
                where=shown(name),
                do=f"use one of {', '.join(sorted(known))}",
                code="unknown-parameter",
            )


def utf8(name: str, value: str) -> str:
    """`value`, unless it came from bytes that are not UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Refusal(
            f"{name} is not UTF-8 at character {error.start}", where=name, do="send it as UTF-8", at=error.start
        ) from error
    return value


def text_bytes(value: str) -> bytes:
    """The bytes that a parameter was sent as."""
    return value.encode("utf-8", "surrogateescape")


def shown(value: str) -> str:
    """A value as it stands in an error: quoted, short, no control characters."""
    return repr(value) if len(value) <= 100 else repr(value[:100]) + "…"
