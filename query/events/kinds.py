"""The kinds of events, one row each: which entries are of a kind, what each of them is about, what to do about it.

Message ids are those of sd-messages.h. An entry may be of more than one kind: a unit that is given up is also a unit
that failed.
"""

from dataclasses import dataclass
from functools import cache

from journalhub.query import language
from journalhub.store.ast import Query

JOURNAL_STOP = b"d93fb3c9c24d451a97cea615ce59c00b"
SHUTDOWN = b"98268866d1d54a499c4e98921d93bc40"
UNIT_STARTED = b"39f53479d3a045ac8e11786248231fbf"

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
    search: str
    """A query of the search language that finds its entries; empty where none does (`unclean.py`)."""
    subjects: tuple[str, ...]
    """The fields that name what an event is about."""
    advice: str
    """What to do about it."""
    lost: str = ""
    """A field with the number of entries that each event tells the loss of."""


@cache
def query_of(kind: Kind) -> Query | None:
    """The entries of a kind; None where no query finds them."""
    return language.parse(kind.search).reading if kind.search else None


_KERNEL = "_TRANSPORT=kernel"
_JOURNALD = "SYSLOG_IDENTIFIER=systemd-journald"
_UNIT_FAILURE_RESULT = "MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c"
_UNIT_RESTART_SCHEDULED = "MESSAGE_ID=5eb03494b6584870a536b337290809b3"
_UNIT_OUT_OF_MEMORY = "MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef"
_UNIT_OOMD_KILL = "MESSAGE_ID=d989611b15e44c9dbf31e3c81256e4ed"

# sshd tells an attempt several times over. Counted are one line for each attempt of a known user, and for an unknown
# one the first line of each connection. Of its PAM lines, which say the same again, none.
_SSHD = "(SYSLOG_IDENTIFIER=sshd OR SYSLOG_IDENTIFIER=sshd-session OR SYSLOG_IDENTIFIER=sshd-auth)"
_REFUSED = '("failed password for" OR "failed keyboard interactive" OR "failed publickey for" OR "invalid user")'
_AGAIN = '-"for invalid" -"by invalid" -"from invalid" -"request invalid"'
_FAILED_LOGIN = f'({_SSHD} {_REFUSED} {_AGAIN}) OR ("auth authentication failure" NOT {_SSHD})'

KINDS = (
    Kind(
        "unclean-reboot",
        "Reboots without a shutdown",
        "bad",
        "",
        (),
        "The boot ends in the middle: power, a hang, a kernel panic or a hard reset. Read its last entries, "
        "then the hardware's own log.",
    ),
    Kind(
        "oom",
        "Out of memory",
        "bad",
        f'{_UNIT_OUT_OF_MEMORY} OR {_UNIT_OOMD_KILL} OR ({_KERNEL} "out of memory" "killed process")',
        _UNITS,
        "A process was killed for its memory. Look for what grew before it, and give the unit a MemoryMax= of its own.",
    ),
    Kind(
        "restart-loop",
        "Units that keep restarting",
        "bad",
        f"({_UNIT_RESTART_SCHEDULED} N_RESTARTS>={LOOPING}) OR ({_UNIT_FAILURE_RESULT} UNIT_RESULT=start-limit-hit)",
        _UNITS,
        f"Restarted {LOOPING} times or more in a row, or given up by systemd. Read what the unit says just "
        "before it ends.",
    ),
    Kind(
        "unit-failed",
        "Units failed",
        "bad",
        f"{_UNIT_FAILURE_RESULT} OR (MESSAGE_ID=be02cf6855d2428ba40df7e9d022f03d JOB_RESULT=dependency)",
        _UNITS,
        "Read the unit's entries before the failure; a dependency that failed is told by its own event.",
    ),
    Kind(
        "coredump",
        "Core dumps",
        "bad",
        "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1 OR MESSAGE_ID=1f4e0a44a88649939aaea34fc6da8c95",
        ("COREDUMP_COMM",),
        "coredumpctl on that host has the dump; the entry has the stack where it could be read.",
    ),
    Kind(
        "crash",
        "Services killed by a signal",
        "bad",
        # Status 15 is SIGTERM: somebody asked it to go.
        "MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15 (EXIT_CODE=killed OR EXIT_CODE=dumped) EXIT_STATUS!=15",
        _UNITS,
        "The service did not end by itself. KILL is often the out-of-memory killer or a stop that timed out; "
        "SEGV and ABRT are faults of the program.",
    ),
    Kind(
        "kernel",
        "Kernel in distress",
        "bad",
        f"{_KERNEL} priority<=crit",
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
        "MESSAGE_ID=c7a787079b354eaaa9e77b371893cd27 OR MESSAGE_ID=7db73c8af0d94eeb822ae04323fe6ab6"
        f' OR (SYSLOG_IDENTIFIER=chronyd "time jump detected") OR ({_JOURNALD} "jumped backwards")',
        ("SYSLOG_IDENTIFIER",),
        "Times before and after do not compare. Check that the host has one time service, and that it reaches "
        "its servers.",
    ),
    Kind(
        "journal-lost",
        "Messages that journald dropped",
        "warning",
        "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e OR MESSAGE_ID=e9bf28e6e834481bb6f48f548ad13606",
        ("OBJECT_SYSTEMD_UNIT", "OBJECT_SYSTEMD_USER_UNIT"),
        "A unit logs faster than RateLimitBurst= allows, or the kernel faster than journald reads. Make it "
        "quieter, or raise LogRateLimitBurst= of that unit.",
        lost="N_DROPPED",
    ),
    Kind(
        "journal-damaged",
        "Journal files damaged",
        "warning",
        f'{_JOURNALD} "corrupted or uncleanly shut down"',
        (),
        "journald began a new file; what it could not read of the old one is listed as a gap of the node.",
    ),
    Kind(
        "restart",
        "Restarts by systemd",
        "note",
        _UNIT_RESTART_SCHEDULED,
        _UNITS,
        "Restart= brings these back. Often is a fault that nobody has looked at.",
    ),
    Kind(
        "boot",
        "Boots",
        "note",
        # Of a machine; of a container, where the manager's own id stands beside the PID 1 that a user's has not.
        "(MESSAGE_ID=b07a249cd024414a82dd00cd181378ff OR MESSAGE_ID=eed00a68ffd84e31882105fd973abdd1) _PID=1",
        (),
        "The host has started up.",
    ),
    Kind(
        "shutdown",
        "Shutdowns",
        "note",
        f"MESSAGE_ID={SHUTDOWN.decode()}",
        (),
        "Somebody, or an update, has told the host to stop or to reboot.",
    ),
)
"""In the order in which they are shown: the worst first."""

NAMES = tuple(kind.name for kind in KINDS)
