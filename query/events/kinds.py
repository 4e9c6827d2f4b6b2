"""The kinds of events, one row each: which entries are of a kind, what each of them is about, what to do about it.

Message ids are those of sd-messages.h. An entry may be of more than one kind: a unit that is given up is also a unit
that failed.
"""

from dataclasses import dataclass

from journalhub.store.ast import And, Eq, In, Not, Or, Phrase, Query, Range

JOURNAL_START = b"f77379a8490b408bbe5f6940505a777b"
JOURNAL_STOP = b"d93fb3c9c24d451a97cea615ce59c00b"
SHUTDOWN = b"98268866d1d54a499c4e98921d93bc40"
UNIT_STARTED = b"39f53479d3a045ac8e11786248231fbf"
_UNIT_FAILED = b"be02cf6855d2428ba40df7e9d022f03d"
_UNIT_FAILURE_RESULT = b"d9b373ed55a64feb8242e02dbe79a49c"
_UNIT_RESTART_SCHEDULED = b"5eb03494b6584870a536b337290809b3"
_UNIT_PROCESS_EXIT = b"98e322203f7a4ed290d09fe03c09fe15"
_UNIT_OUT_OF_MEMORY = b"fe6faa94e7774663a0da52717891d8ef"
_UNIT_OOMD_KILL = b"d989611b15e44c9dbf31e3c81256e4ed"
_COREDUMP = b"fc2e22bc6ee647b6b90729ab34a250b1"
_BACKTRACE = b"1f4e0a44a88649939aaea34fc6da8c95"
_STARTUP_FINISHED = b"b07a249cd024414a82dd00cd181378ff"
_TIME_CHANGE = b"c7a787079b354eaaa9e77b371893cd27"
_TIME_BUMP = b"7db73c8af0d94eeb822ae04323fe6ab6"
_JOURNAL_DROPPED = b"a596d6fe7bfa4994828e72309e95d61e"
_JOURNAL_MISSED = b"e9bf28e6e834481bb6f48f548ad13606"
_FORWARD_SYSLOG_MISSED = b"0027229ca0644181a76c4e92458afa2e"

LOOPING = 3
"""Restarts in a row from which a unit is said to loop: one is an accident, three are a habit."""

_UNITS = ("UNIT", "USER_UNIT")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of events."""

    name: str
    title: str
    level: str
    """`bad` what needs somebody, `warning` what needs a look, `note` what is good to know."""
    query: Query | None
    """Its entries; None where no query finds them (`unclean.py`)."""
    subjects: tuple[str, ...]
    """The fields that name what an event is about."""
    advice: str
    """What to do about it."""
    lost: str = ""
    """A field with the number of entries that each event tells the loss of."""


def _id(*ids: bytes) -> Query:
    return Eq("MESSAGE_ID", ids[0]) if len(ids) == 1 else In("MESSAGE_ID", frozenset(ids))


def _says(*words: str) -> Query:
    return Phrase("MESSAGE", words)


_KERNEL = Eq("_TRANSPORT", b"kernel")
_SSHD = In("SYSLOG_IDENTIFIER", frozenset({b"sshd", b"sshd-session", b"sshd-auth", b"dropbear"}))
_JOURNALD = Eq("SYSLOG_IDENTIFIER", b"systemd-journald")

_FAILED_LOGIN = Or(
    (
        # sshd tells an attempt several times over. Counted are one line for each attempt of a known user, and for an
        # unknown one the first line of each connection.
        And(
            (
                _SSHD,
                Or(
                    (
                        _says("failed", "password", "for"),
                        _says("failed", "keyboard", "interactive"),
                        _says("failed", "publickey", "for"),
                        _says("bad", "password", "attempt"),
                        _says("invalid", "user"),
                    )
                ),
                *(Not(_says(word, "invalid")) for word in ("for", "by", "from", "request")),
            )
        ),
        And((_says("auth", "authentication", "failure"), Not(_SSHD))),
    )
)

KINDS = (
    Kind(
        "unclean-reboot",
        "Reboots without a shutdown",
        "bad",
        None,
        (),
        "The boot ends in the middle: power, a hang, a kernel panic or a hard reset. Read its last entries, "
        "then the hardware's own log.",
    ),
    Kind(
        "oom",
        "Out of memory",
        "bad",
        Or(
            (
                _id(_UNIT_OUT_OF_MEMORY, _UNIT_OOMD_KILL),
                And((_KERNEL, _says("out", "of", "memory"), _says("killed", "process"))),
            )
        ),
        _UNITS,
        "A process was killed for its memory. Look for what grew before it, and give the unit a MemoryMax= of its own.",
    ),
    Kind(
        "restart-loop",
        "Units that keep restarting",
        "bad",
        Or(
            (
                And((_id(_UNIT_RESTART_SCHEDULED), Range("N_RESTARTS", LOOPING, None))),
                And((_id(_UNIT_FAILURE_RESULT), Eq("UNIT_RESULT", b"start-limit-hit"))),
            )
        ),
        _UNITS,
        f"Restarted {LOOPING} times or more in a row, or given up by systemd. Read what the unit says just "
        "before it ends.",
    ),
    Kind(
        "unit-failed",
        "Units failed",
        "bad",
        Or((_id(_UNIT_FAILURE_RESULT), And((_id(_UNIT_FAILED), Eq("JOB_RESULT", b"dependency"))))),
        _UNITS,
        "Read the unit's entries before the failure; a dependency that failed is told by its own event.",
    ),
    Kind(
        "coredump",
        "Core dumps",
        "bad",
        _id(_COREDUMP, _BACKTRACE),
        ("COREDUMP_COMM",),
        "coredumpctl on that host has the dump; the entry has the stack where it could be read.",
    ),
    Kind(
        "crash",
        "Services killed by a signal",
        "bad",
        And(
            (
                _id(_UNIT_PROCESS_EXIT),
                In("EXIT_CODE", frozenset({b"killed", b"dumped"})),
                Not(Eq("EXIT_STATUS", b"15")),  # SIGTERM: somebody asked it to go
            )
        ),
        _UNITS,
        "The service did not end by itself. KILL is often the out-of-memory killer or a stop that timed out; "
        "SEGV and ABRT are faults of the program.",
    ),
    Kind(
        "kernel",
        "Kernel in distress",
        "bad",
        And((_KERNEL, In("PRIORITY", frozenset({b"0", b"1", b"2"})))),
        (),
        "Hardware, a driver or a file system. Check disks and memory of that host before its data.",
    ),
    Kind(
        "login-failed",
        "Logins failed",
        "warning",
        _FAILED_LOGIN,
        ("SYSLOG_IDENTIFIER",),
        "Many from one address are guesses: allow keys only, or close the port. Many of one user are a "
        "forgotten password or an expired one.",
    ),
    Kind(
        "time-jump",
        "Clock set or jumped",
        "warning",
        Or(
            (
                _id(_TIME_CHANGE, _TIME_BUMP),
                And((In("SYSLOG_IDENTIFIER", frozenset({b"chronyd"})), _says("time", "jump", "detected"))),
                And((_JOURNALD, _says("jumped", "backwards"))),
            )
        ),
        ("SYSLOG_IDENTIFIER",),
        "Times before and after do not compare. Check that the host has one time service, and that it reaches "
        "its servers.",
    ),
    Kind(
        "journal-lost",
        "Messages that journald dropped",
        "warning",
        _id(_JOURNAL_DROPPED, _JOURNAL_MISSED, _FORWARD_SYSLOG_MISSED),
        ("OBJECT_SYSTEMD_UNIT", "OBJECT_SYSTEMD_USER_UNIT"),
        "A unit logs faster than RateLimitBurst= allows, or the kernel faster than journald reads. Make it "
        "quieter, or raise LogRateLimitBurst= of that unit.",
        lost="N_DROPPED",
    ),
    Kind(
        "journal-damaged",
        "Journal files damaged",
        "warning",
        And((_JOURNALD, _says("corrupted", "or", "uncleanly", "shut", "down"))),
        (),
        "journald began a new file; what it could not read of the old one is listed as a gap of the node.",
    ),
    Kind(
        "restart",
        "Restarts by systemd",
        "note",
        _id(_UNIT_RESTART_SCHEDULED),
        _UNITS,
        "Restart= brings these back. Often is a fault that nobody has looked at.",
    ),
    Kind(
        "boot",
        "Boots",
        "note",
        And((_id(_STARTUP_FINISHED), Eq("_PID", b"1"))),
        (),
        "The host has started up.",
    ),
    Kind(
        "shutdown",
        "Shutdowns",
        "note",
        _id(SHUTDOWN),
        (),
        "Somebody, or an update, has told the host to stop or to reboot.",
    ),
)
"""In the order in which they are shown: the worst first."""

NAMES = tuple(kind.name for kind in KINDS)
