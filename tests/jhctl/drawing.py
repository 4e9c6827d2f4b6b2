"""Command lines drawn at random: every option that journalctl 252 and jhctl mean alike, in combinations nobody types.

What they mean differently on purpose (docs/jhctl.md, "What is different from journalctl") is not drawn together.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.jhctl.combinations import LINE_MODES, OTHER_MODES

from journalhub.journal.entry import Entry
from journalhub.journal.fields import PRIORITIES

KEPT = "--cursor-file="
"""With a cursor behind it: the option with a file that holds this cursor, each program's own."""

_WORD = re.compile(rb"[A-Za-z]{4,12}")
_FREQUENT = 12


class Case(NamedTuple):
    """One command line, and the environment that it runs in."""

    words: tuple[str, ...]
    environ: dict[str, str]

    def __str__(self) -> str:
        return " ".join([*(f"{name}={value}" for name, value in self.environ.items()), *self.words])


class Drawer:
    """Draws command lines over the entries of one journal, from one seed."""

    def __init__(self, entries: Sequence[Entry], seed: object, newer: bool = False) -> None:
        """`newer`: also what journalctl has since 252, up to 257."""
        self._looks = (*_LOOKS, *(NEWER_LOOKS if newer else ()))
        # short-delta of 257 goes by the times of senders, where there are some (docs/jhctl.md).
        has_sources = any(entry.first("_SOURCE_REALTIME_TIMESTAMP") for entry in entries)
        self._modes = (*LINE_MODES, *LINE_MODES, *OTHER_MODES, *(NEWER_MODES if newer and not has_sources else ()))
        self._chance = random.Random(repr(seed))
        self._entries = entries
        self._values: dict[str, list[str]] = {}
        self._words = _words(entries) or ["none"]
        self._boots = list(dict.fromkeys(entry.boot_id.hex() for entry in entries))

    def cases(self, number: int) -> list[Case]:
        """So many, each different."""
        found: dict[str, Case] = {}
        while len(found) < number:
            case = self.case()
            if not _differs_on_purpose(case.words):
                found.setdefault(str(case), case)
        return list(found.values())

    def case(self) -> Case:
        """The next one."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.04:
            return Case(("-F", chance.choice(_FIELDS)), {})
        if kind < 0.045:
            return Case(("-N",), {})
        if kind < 0.06:
            mode = self._chance.choice(("short", "export", "json", "json-pretty", "json-sse", "json-seq"))
            return Case(("--list-boots", *self._chance.choice(((), ("-q",), ("-o", mode)))), self._environ())
        words: list[tuple[str, ...]] = []
        kind = chance.random()
        bounds = kind < 0.2
        if bounds:
            words += self._times()
        elif kind < 0.3:
            words.append(self._cursor())
        if kind >= 0.25:
            words += [draw() for draw in chance.sample(self._selectors(), chance.choice((0, 1, 1, 2, 3)))]
        if not bounds:
            words += self._some(self._amounts(), chance.choice((0, 1, 1)))
        words += self._some(self._looks, chance.choice((0, 0, 1, 1, 2, 3)))
        words.append(("-o", chance.choice(self._modes)))
        if chance.random() < 0.2:
            words.append((f"--output-fields={','.join(chance.sample(_FIELDS, chance.randrange(1, 4)))}",))
        chance.shuffle(words)
        environ = self._environ()
        if any(group[0].startswith(("-g", "--grep")) for group in words):
            environ.pop("SYSTEMD_COLORS", None)  # 252 sets hits off in the first line of a message only
        return Case(tuple(word for group in words for word in group), environ)

    def _environ(self) -> dict[str, str]:
        chance = self._chance
        environ = {"SYSTEMD_URLIFY": "0"}
        if chance.random() < 0.3:
            environ["SYSTEMD_COLORS"] = chance.choice(("16", "256", "1", "0"))
        if chance.random() < 0.3:
            environ["COLUMNS"] = str(chance.choice((20, 40, 79, 80, 120, 200)))
        if chance.random() < 0.2:
            environ["LC_ALL"] = chance.choice(("C", "C.UTF-8"))
        return environ

    def _some(self, pool: Sequence[tuple[str, ...]], number: int) -> list[tuple[str, ...]]:
        return self._chance.sample(pool, number)

    def _selectors(self) -> list[Callable[[], tuple[str, ...]]]:
        return [
            self._unit,
            self._unit,
            self._glob,
            self._user_unit,
            self._identifier,
            self._priority,
            self._boot,
            self._grep,
            self._matches,
            self._facility,
            lambda: self._chance.choice((("-k",), ("--dmesg", "-b", "all"))),
        ]

    def _amounts(self) -> tuple[tuple[str, ...], ...]:
        number = str(self._chance.choice((1, 2, 3, 7, 20, 50, 10_000)))
        return (
            ("-n", number),
            (f"-n{number}",),
            ("-n",),
            (f"--lines={number}",),
            ("-n", "all"),
            ("-r",),
            ("-n", number, "-r"),
            ("-e",),
        )

    def _value(self, field: str) -> str:
        """A value of a field: a frequent one, or, rarely, one that no entry has."""
        if field not in self._values:
            counted = Counter(value for entry in self._entries for value in entry.values(field))
            texts = [value.decode(errors="replace") for value, _ in counted.most_common(_FREQUENT)]
            self._values[field] = [text for text in texts if text.isprintable() and len(text) < 100]
        known = self._values[field]
        return self._chance.choice(known) if known and self._chance.random() < 0.93 else "no-such-value"

    def _unit(self) -> tuple[str, ...]:
        name = self._value(self._chance.choice(("_SYSTEMD_UNIT", "_SYSTEMD_UNIT", "UNIT")))
        spelled = self._chance.choice((name, name, name.partition(".")[0] or name))
        return self._chance.choice(
            (("-u", spelled), (f"--unit={spelled}",), ("-u", spelled, "-u", self._value("UNIT")))
        )

    def _glob(self) -> tuple[str, ...]:
        name = self._value("_SYSTEMD_UNIT")
        glob = self._chance.choice((f"{name[:3]}*", f"*{name[-9:]}", f"[{name[0]}-z]*", f"?{name[1:]}", "*"))
        return ("-u", glob)

    def _user_unit(self) -> tuple[str, ...]:
        name = self._value(self._chance.choice(("_SYSTEMD_USER_UNIT", "USER_UNIT")))
        return self._chance.choice((("--user-unit", name), (f"--user-unit={name}",), (f"--user-unit={name[:2]}*",)))

    def _identifier(self) -> tuple[str, ...]:
        name = self._value("SYSLOG_IDENTIFIER")
        return self._chance.choice((("-t", name), (f"-t{name}",), ("-t", name, "-t", self._value("SYSLOG_IDENTIFIER"))))

    def _priority(self) -> tuple[str, ...]:
        chance = self._chance
        one, other = (chance.choice((*PRIORITIES, *"01234567")) for _ in range(2))
        return chance.choice((("-p", one), (f"-p{one}",), ("-p", f"{one}..{other}"), ("-p", other, "-p", one)))

    def _boot(self) -> tuple[str, ...]:
        chance, boot = self._chance, self._chance.choice(self._boots)
        offset = chance.choice(("0", "-1", "1", "-2", "2", "all", boot, f"{boot}-1", f"{boot}+1", f"{boot}+0"))
        return chance.choice((("-b", offset), (f"--boot={offset}",), (f"-b{offset}",), ("-b",), ("--this-boot",)))

    def _grep(self) -> tuple[str, ...]:
        chance, word = self._chance, self._chance.choice(self._words)
        pattern = chance.choice(
            (
                word,
                word.lower(),
                word.upper(),
                f"{word[:3]}.*{word[-1]}",
                f"^{word}",
                f"{word}|{chance.choice(self._words)}",
            )
        )
        pattern = chance.choice(
            (pattern, pattern, r"\d+", "[[:upper:]]x?", f"(?i){word}", f"{word}$", "x*", "nothing at all")
        )
        return (
            *chance.choice((("-g", pattern), (f"--grep={pattern}",))),
            *chance.choice(((), (), (), ("--case-sensitive=no",))),
        )

    def _matches(self) -> tuple[str, ...]:
        chance = self._chance
        words = [self._match() for _ in range(chance.choice((1, 1, 2, 3)))]
        if len(words) > 1 and chance.random() < 0.5:
            words.insert(chance.randrange(1, len(words)), "+")
        return tuple(words)

    def _match(self) -> str:
        field = self._chance.choice(_FIELDS)
        return f"{field}={self._value(field)}"

    def _facility(self) -> tuple[str, ...]:
        return (f"--facility={self._chance.choice(('kern', 'daemon', '3', 'auth,daemon', '10', 'local7,0'))}",)

    def _times(self) -> list[tuple[str, ...]]:
        """Bounds, alone or both; they go with no number of entries (252 counts from the other end)."""
        since, until = sorted(self._moment() for _ in range(2))
        lower, upper = ("-S", f"@{since}"), ("-U", f"@{until}")
        bounds: list[list[tuple[str, ...]]] = [
            [lower],
            [upper],
            [lower, upper],
            [lower, upper, ("-r",)],
            [upper, ("-r",)],
        ]
        return self._chance.choice(bounds)

    def _moment(self) -> str:
        realtime = self._chance.choice(self._entries).realtime + self._chance.choice((0, 0, 1, -1, 500_000))
        return f"{realtime // 1_000_000}.{realtime % 1_000_000:06d}"

    def _cursor(self) -> tuple[str, ...]:
        cursor = str(self._chance.choice(self._entries).cursor)
        return self._chance.choice(
            (("-c", cursor), (f"--cursor={cursor}",), (f"--after-cursor={cursor}",), (f"{KEPT}{cursor}",))
        )


_FIELDS = (
    *("_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "PRIORITY", "_PID", "_UID", "_TRANSPORT", "_COMM", "_HOSTNAME", "MESSAGE"),
    *("_BOOT_ID", "SYSLOG_FACILITY", "_SYSTEMD_SLICE", "UNIT", "MESSAGE_ID", "_SYSTEMD_USER_UNIT"),
)

_LOOKS = (
    *(("-a",), ("-l",), ("--full",), ("--no-full",), ("--utc",), ("--no-hostname",), ("-q",), ("-m",), ("-al",)),
    *(("--no-tail",), ("--no-pager",), ("--quiet",), ("-x",), ("--show-cursor",)),
)

NEWER_LOOKS = (("--truncate-newline",), ("--truncate-newline", "-a"))
NEWER_MODES = ("short-delta",)


def _differs_on_purpose(words: Sequence[str]) -> bool:
    """Whether docs/jhctl.md says that jhctl does otherwise."""
    boots = ("-b", "--boot", "--this-boot", "-k", "--dmesg", "-e", "--list-boots")
    has_boot = any(word.startswith(boots) for word in words)
    if has_boot and "-m" in words:
        return True  # they go together with us
    if any(word.startswith("--facility") for word in words) and any(
        word == "+" or word.startswith("SYSLOG_FACILITY=") for word in words
    ):
        return True  # 252 ANDs it with the first group of matches only, and ORs it with those of its field
    if words[:2] == ("-F", "MESSAGE"):
        return True  # 252 ends a value at its first NUL
    if any(word.startswith(("--after-cursor", KEPT)) for word in words) and _selects(words):
        return True  # 252 leaves out the first entry where the cursor's own is not selected
    if any(word in ("-a", "-al") for word in words) and any(word.startswith(("-g", "--grep")) for word in words):
        return True  # 252 ends a message at its first NUL, but goes on behind what was found
    tells_cursor = any(word == "--show-cursor" or word.startswith(KEPT) for word in words)
    if tells_cursor and any(word.startswith(("-U", "-g", "--grep")) for word in words):
        return True  # 252 gives the entry behind the last one shown
    if "--show-cursor" in words and {"-r", "-rn3"} & set(words) and any(word.startswith(KEPT) for word in words):
        return True  # 252 gives the cursor that it began at where nothing stands before it
    # Several fields of cat come out of a hash table, in another order each time.
    return "cat" in words and any(word.startswith("--output-fields=") and "," in word for word in words)


def differs_from_newer(case: Case) -> bool:
    """Whether systemd 257 prints it in another way than 252, which jhctl follows (docs/jhctl.md)."""
    for word, following in zip(case.words, (*case.words[1:], ""), strict=True):
        if word.startswith("-p") and re.search("7|debug", word if word != "-p" else following):
            return True
        if word in ("-u", "short-monotonic", "verbose") or word.startswith(("--unit", "short-iso")):
            return True
    if "--list-boots" in case.words and case.environ.get("SYSTEMD_COLORS", "0") != "0":
        return True
    return case.environ.get("SYSTEMD_COLORS") in ("256", "1")


def hides_alike(case: Case) -> bool:
    """Whether -T may be added: journalctl hides in its short modes only, after it has counted."""
    mode = case.words[case.words.index("-o") + 1] if "-o" in case.words else ""
    others = ("-n", "--lines", "-e", "--show-cursor", KEPT, "-g", "--grep")
    return (mode.startswith("short") or mode == "with-unit") and not any(word.startswith(others) for word in case.words)


def may_be_narrowed(case: Case, to_user: bool) -> bool:
    """Whether words that narrow it down to some journals, of a user, may be added: 252 leaves out an entry behind a
    cursor, boots of units of users are counted over all journals (docs/jhctl.md), and a cursor file is of whoever
    runs it."""
    if to_user and any(word.startswith("--user-unit") for word in case.words):
        return False
    if to_user and names_boot(case) and any(word.startswith(("-u", "--unit")) for word in case.words):
        return False
    return not any(word.startswith(("--after-cursor", KEPT)) for word in case.words)


def names_boot(case: Case) -> bool:
    """Whether a boot is chosen by its number, or beside another."""
    return any(word.startswith(("-b", "--boot", "--this-boot")) for word in case.words)


def _selects(words: Sequence[str]) -> bool:
    return any(
        word[:2] in ("-u", "-t", "-p", "-b", "-g", "-k", "-e") or "=" in word and word[0] != "-" for word in words
    ) or any(
        word.startswith(("--unit", "--user-unit", "--grep", "--boot", "--this-boot", "--dmesg", "--facility"))
        for word in words
    )


def _words(entries: Sequence[Entry]) -> list[str]:
    """Words that messages have."""
    counted: Counter[bytes] = Counter()
    for entry in entries:
        counted.update(_WORD.findall((entry.first("MESSAGE") or b"")[:200]))
    return [word.decode() for word, _ in counted.most_common(40)]
