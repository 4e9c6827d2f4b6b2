"""Units as journalctl takes them: names made valid, and everything in the journal that speaks of a unit."""

import re
import string

UnitTerms = tuple[tuple[tuple[str, bytes], ...], ...]
"""OR of ANDs of (field, value)."""

COREDUMP = b"fc2e22bc6ee647b6b90729ab34a250b1"
"""MESSAGE_ID of a coredump: SD_MESSAGE_COREDUMP of sd-messages.h."""

UNIT_NAME_MAX = 255
"""Bytes of a unit's name: UNIT_NAME_MAX of systemd's unit-name.h, less its terminator."""

_TYPES = "service|socket|target|device|mount|automount|swap|timer|path|slice|scope"
_PLAIN = string.digits + string.ascii_letters + r":-_.\@"
_GLOB = _PLAIN + "[]!-*?"
_KEPT_IN_PATHS = string.digits + string.ascii_letters + ":_."
_NAME = re.compile(rf"(?!@)[{re.escape(_PLAIN)}]+\.(?:{_TYPES})")


def is_glob(name: str) -> bool:
    """Whether `name` is a pattern: string_is_glob of systemd."""
    return any(char in name for char in "*?[")


def mangle(name: str) -> str:
    """The unit that a user means by `name`: `ssh` is ssh.service, `/home` home.mount, `/dev/sda` dev-sda.device.

    Patterns are kept. The rules are those of unit_name_mangle in systemd's unit-name.c. Raises ValueError when
    `name` is empty.
    """
    if not name:
        raise ValueError("unit name is empty")
    if _is_valid(name):
        return name
    if is_glob(name) and all(char in _GLOB for char in name):
        return name
    if name.startswith("/"):
        path = _unit_of_path(name)
        if path is not None:
            return path
    escaped = "".join(_mangle_byte(byte) for byte in name.encode("utf-8", "surrogateescape"))
    if is_glob(escaped) or _is_valid(escaped):
        return escaped
    return f"{escaped}.service"


def _is_valid(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name) <= UNIT_NAME_MAX


def _mangle_byte(byte: int) -> str:
    char = chr(byte)
    if char == "/":
        return "-"
    return char if char in _GLOB else f"\\x{byte:02x}"


def _unit_of_path(path: str) -> str | None:
    """The device or mount unit of an absolute path, None where it can have none."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        return None
    is_device = len(parts) > 1 and parts[0] in ("dev", "sys")
    escaped = "-".join(map(_escape_part, parts)) or "-"
    if escaped.startswith("."):
        escaped = f"\\x2e{escaped[1:]}"
    name = f"{escaped}.{'device' if is_device else 'mount'}"
    return name if len(name) <= UNIT_NAME_MAX else None


def _escape_part(part: str) -> str:
    return "".join(
        chr(byte) if chr(byte) in _KEPT_IN_PATHS else f"\\x{byte:02x}"
        for byte in part.encode("utf-8", "surrogateescape")
    )


def unit_terms(name: str) -> UnitTerms:
    """What `-u name` finds: messages of the unit, of PID 1 and of authorised daemons about it, its coredumps.

    `name` is mangled already. The terms are those of add_matches_for_unit in systemd's logs-show.c.
    """
    value = name.encode("utf-8", "surrogateescape")
    terms: UnitTerms = (
        (("_SYSTEMD_UNIT", value),),
        (("_PID", b"1"), ("UNIT", value)),
        (("_UID", b"0"), ("OBJECT_SYSTEMD_UNIT", value)),
        (("_UID", b"0"), ("COREDUMP_UNIT", value), ("MESSAGE_ID", COREDUMP)),
    )
    if name.endswith(".slice"):
        terms = (*terms, (("_SYSTEMD_SLICE", value),))
    return terms


def user_unit_terms(name: str, uid: int | None) -> UnitTerms:
    """What `--user-unit name` finds for user `uid`, or with None for any user.

    The terms are those of add_matches_for_user_unit in systemd's logs-show.c. Coredumps and messages of daemons are
    taken from the user as well as from root, for journald ORs the two values of `_UID` there.
    """
    value = name.encode("utf-8", "surrogateescape")
    own = ["_SYSTEMD_USER_UNIT", "USER_UNIT"]
    if name.endswith(".slice"):
        own.append("_SYSTEMD_USER_SLICE")
    reported = ["COREDUMP_USER_UNIT", "OBJECT_SYSTEMD_USER_UNIT"]
    if uid is None:
        return tuple(((field, value),) for field in (*own, *reported))
    user, root = ("_UID", b"%d" % uid), ("_UID", b"0")
    terms = [((field, value), user) for field in own]
    for field in reported:
        terms += [((field, value), who) for who in dict.fromkeys((user, root))]
    return tuple(terms)
