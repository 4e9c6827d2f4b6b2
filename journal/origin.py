"""Who spoke: the fields of an entry that stay the same from entry to entry."""

from typing import NamedTuple, Protocol

# Trusted fields that journald adds per process or per unit, not per entry (systemd.journal-fields(7)), and the two
# syslog fields that a program sets once. `_PID`, `_STREAM_ID`, `_SOURCE_*`, `_AUDIT_ID`, `_LINE_BREAK` and the kernel
# device fields change too often: each would multiply the number of origins.
ORIGIN_FIELDS = frozenset(
    {
        "_AUDIT_LOGINUID",
        "_AUDIT_SESSION",
        "_CAP_EFFECTIVE",
        "_CMDLINE",
        "_COMM",
        "_CONTAINER_ID",
        "_CONTAINER_NAME",
        "_EXE",
        "_GID",
        "_HOSTNAME",
        "_MACHINE_ID",
        "_NAMESPACE",
        "_RUNTIME_SCOPE",
        "_SELINUX_CONTEXT",
        "_SYSTEMD_CGROUP",
        "_SYSTEMD_INVOCATION_ID",
        "_SYSTEMD_OWNER_UID",
        "_SYSTEMD_SESSION",
        "_SYSTEMD_SLICE",
        "_SYSTEMD_UNIT",
        "_SYSTEMD_USER_SLICE",
        "_SYSTEMD_USER_UNIT",
        "_TRANSPORT",
        "_UID",
        "SYSLOG_FACILITY",
        "SYSLOG_IDENTIFIER",
    }
)


class Origin(NamedTuple):
    """One speaker: the sequence and boot it wrote in, and its origin fields in a canonical order."""

    seqnum_id: bytes
    boot_id: bytes
    fields: tuple[tuple[str, bytes], ...]
    """Sorted by (name, value), so that equal origins are equal tuples; a name may repeat."""

    def first(self, name: str) -> bytes | None:
        """The first value of an origin field (or of `_BOOT_ID`), or None."""
        if name == "_BOOT_ID":
            return self.boot_id.hex().encode()
        for key, value in self.fields:
            if key == name:
                return value
        return None


class OriginsByNumber(Protocol):
    """A list of origins, or what reads them when they are asked for."""

    def __getitem__(self, number: int, /) -> Origin: ...
