"""Entries as systemd, journald, the kernel and sshd write them when something happens."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from zlib import crc32

from journalhub.journal.entry import Entry

START = 1_760_000_000_000_000
"""Microseconds: 2025-10-09 08:53:20 UTC."""

SECOND = 1_000_000
MINUTE = 60 * SECOND

PID1 = {"_PID": "1", "_COMM": "systemd", "SYSLOG_IDENTIFIER": "systemd", "_SYSTEMD_UNIT": "init.scope"}
JOURNALD = {"_TRANSPORT": "driver", "SYSLOG_IDENTIFIER": "systemd-journald"}
KERNEL = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"}
SSHD = {"_TRANSPORT": "syslog", "SYSLOG_IDENTIFIER": "sshd", "_SYSTEMD_UNIT": "ssh.service"}


@dataclass
class Machine:
    """A host that writes entries, boot after boot."""

    name: str
    now: int = START
    boot: int = 0
    seqnum: int = 0
    written: list[Entry] = field(default_factory=list)

    def say(self, message: str, *more: dict[str, str], after: int = SECOND, **fields: str) -> Entry:
        """Write one entry, `after` microseconds behind the one before."""
        self.now += after
        self.seqnum += 1
        values = {"MESSAGE": message, "PRIORITY": "6"}
        for part in (*more, fields):
            values |= part
        values |= {"_HOSTNAME": self.name, "_MACHINE_ID": f"{crc32(self.name.encode()):032x}"}
        entry = Entry(
            self.name.encode().ljust(16, b"."),
            self.seqnum,
            f"{self.name} {self.boot}".encode().ljust(16, b"."),
            self.now - START,
            self.now,
            crc32(f"{self.name} {self.seqnum}".encode()),
            tuple((name, value.encode()) for name, value in values.items()),
        )
        self.written.append(entry)
        return entry

    def start(self) -> None:
        """Boot."""
        self.boot += 1
        self.say("Journal started", JOURNALD, MESSAGE_ID="f77379a8490b408bbe5f6940505a777b")
        self.say("Linux version 6.1.0", KERNEL, PRIORITY="5")
        self.say("Startup finished in 2s.", PID1, MESSAGE_ID="b07a249cd024414a82dd00cd181378ff")

    def stop(self) -> None:
        """Shut down in order."""
        self.say(
            "System is rebooting.", MESSAGE_ID="98268866d1d54a499c4e98921d93bc40", SYSLOG_IDENTIFIER="systemd-logind"
        )
        self.say(
            "Reached target Shutdown.", PID1, MESSAGE_ID="39f53479d3a045ac8e11786248231fbf", UNIT="shutdown.target"
        )
        self.say("Journal stopped", JOURNALD, MESSAGE_ID="d93fb3c9c24d451a97cea615ce59c00b")

    def fail(self, unit: str, restarts: int) -> None:
        """A service that exits at once and is restarted so often."""
        for number in range(restarts):
            self.say(
                f"{unit}: Main process exited, code=exited, status=1/FAILURE",
                PID1,
                MESSAGE_ID="98e322203f7a4ed290d09fe03c09fe15",
                UNIT=unit,
                EXIT_CODE="exited",
                EXIT_STATUS="1",
            )
            self.failed(unit, "exit-code")
            self.say(
                f"{unit}: Scheduled restart job, restart counter is at {number + 1}.",
                PID1,
                MESSAGE_ID="5eb03494b6584870a536b337290809b3",
                UNIT=unit,
                N_RESTARTS=str(number + 1),
            )
        self.failed(unit, "start-limit-hit")

    def failed(self, unit: str, result: str) -> Entry:
        """systemd's word about a unit that failed."""
        return self.say(
            f"{unit}: Failed with result '{result}'.",
            PID1,
            MESSAGE_ID="d9b373ed55a64feb8242e02dbe79a49c",
            UNIT=unit,
            UNIT_RESULT=result,
            PRIORITY="4",
        )

    def kill(self, unit: str) -> None:
        """The out-of-memory killer, as kernel and systemd tell it."""
        self.say(
            "Out of memory: Killed process 812 (shop) total-vm:8123456kB, anon-rss:7654321kB", KERNEL, PRIORITY="3"
        )
        self.say(
            f"{unit}: A process of this unit has been killed by the OOM killer.",
            PID1,
            MESSAGE_ID="fe6faa94e7774663a0da52717891d8ef",
            UNIT=unit,
        )
        self.say(
            f"{unit}: Main process exited, code=killed, status=9/KILL",
            PID1,
            MESSAGE_ID="98e322203f7a4ed290d09fe03c09fe15",
            UNIT=unit,
            EXIT_CODE="killed",
            EXIT_STATUS="9",
        )

    def guess(self, user: str, known: bool) -> None:
        """One login of sshd that fails, with all the lines that it writes about it."""
        if not known:
            self.say(f"Invalid user {user} from 203.0.113.9 port 40222", SSHD)
        self.say("pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser=", SSHD)
        whom = user if known else f"invalid user {user}"
        self.say(f"Failed password for {whom} from 203.0.113.9 port 40222 ssh2", SSHD)
        self.say(
            f"Connection closed by {whom if not known else f'authenticating user {user}'} 203.0.113.9 [preauth]", SSHD
        )

    def suppress(self, unit: str, number: int) -> None:
        """journald drops messages of a unit."""
        self.say(
            f"Suppressed {number} messages from {unit}",
            JOURNALD,
            MESSAGE_ID="a596d6fe7bfa4994828e72309e95d61e",
            N_DROPPED=str(number),
            OBJECT_SYSTEMD_UNIT=unit,
        )


def bad_night(start: int = START) -> list[Entry]:
    """web-1 crash-loops and is rebooted in order, db-1 loses power, web-2 runs on; some six minutes from `start` on."""
    web, db, quiet = (Machine(name, now=start) for name in ("web-1", "db-1", "web-2"))
    for machine in (web, db, quiet):
        machine.start()
    web.fail("shop.service", 4)
    web.kill("shop.service")
    web.guess("root", known=True)
    web.guess("admin", known=False)
    web.suppress("shop.service", 40)
    web.suppress("shop.service", 2)
    web.stop()
    web.start()
    db.say("checkpoint complete", SYSLOG_IDENTIFIER="postgres", after=5 * MINUTE)
    db.start()
    db.say("pam_unix(sudo:auth): authentication failure; logname=ann uid=1000", SYSLOG_IDENTIFIER="sudo")
    db.say("Changed local time to Thu 2025-10-09", MESSAGE_ID="c7a787079b354eaaa9e77b371893cd27")
    db.say(
        "Process 99 (psql) of user 0 dumped core.", MESSAGE_ID="fc2e22bc6ee647b6b90729ab34a250b1", COREDUMP_COMM="psql"
    )
    db.say("EXT4-fs error (device sda1)", KERNEL, PRIORITY="2")
    quiet.say(
        "File /var/log/journal/x/system.journal corrupted or uncleanly shut down, renaming and replacing.", JOURNALD
    )
    return sorted(_all(web, db, quiet), key=lambda entry: entry.realtime)


def _all(*machines: Machine) -> Iterator[Entry]:
    for machine in machines:
        yield from machine.written
