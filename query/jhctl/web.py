"""--web: the address of the page that shows what a command line asks for."""

from journalhub.query.jhctl.address import Address, query
from journalhub.query.jhctl.getopt import UsageError
from journalhub.query.jhctl.request import Parameter, Request

_LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


def page_address(address: Address, request: Request) -> str:
    """The address. Raises UsageError for what the page cannot show."""
    search: list[str] = []
    parameters: list[Parameter] = []
    pills: list[str] = []
    for name, value in request.repeated:
        text = value if isinstance(value, str) else value.decode(errors="replace")
        if name == "q":
            search.insert(0, f"({text})" if " " in text and len(request.repeated) > 1 else text)
        elif name == "priority" and ".." not in text:
            parameters.append(("priority", str(_LEVELS.index(text)) if text in _LEVELS else text))
        elif name in _WORDS:
            search.append(_WORDS[name] % _quoted(text))
        else:
            raise UsageError(f"--web: the page has no filter for --{name.replace('_', '-')}")
    if request.boot is not None or request.dmesg:
        search.append("boot=0" if request.boot in (None, "0") else f"boot={request.boot}")
    if request.dmesg:
        search.append("transport=kernel")
    if request.grep is not None:
        search.append(f"/{request.grep}/")
    for word in request.words:
        if word == "+":
            raise UsageError("--web: the page has no + between matches; write OR in --search")
        pills.append(word)
    if search:
        parameters.insert(0, ("q", " ".join(search)))
    parameters.append(("since", "" if request.since is None else _time(request.since)))
    if request.until is not None:
        parameters.append(("until", _time(request.until)))
    parameters += [("f", pill) for pill in pills]
    if request.utc:
        parameters.append(("tz", "utc"))
    return f"{address.scheme}://{address.authority}{address.prefix}/{query(parameters)}"


_WORDS = {
    "host": "host=%s",
    "unit": "unit=%s",
    "exclude_unit": "-unit=%s",
    "identifier": "ident=%s",
    "exclude_identifier": "-ident=%s",
}


def _quoted(text: str) -> str:
    """A value of the search language."""
    plain = text and all(character.isalnum() or character in "._@:*?-/" for character in text)
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _time(microseconds: int) -> str:
    return f"@{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"
