"""The lab itself: what a test may rely on in a JournaldHost."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.lab.journald import JournaldHost

HostFactory = Callable[..., JournaldHost]


def read(host: JournaldHost, *options: str) -> list[dict[str, Any]]:
    """The host's journal, by the real journalctl."""
    command = ["journalctl", "--directory", str(host.log_directory), "-o", "json", "--all", *options]
    return [json.loads(line) for line in subprocess.run(command, capture_output=True, check=True).stdout.splitlines()]


def test_a_message_carries_the_identity_of_its_host(journald_host: HostFactory) -> None:
    """What logger sends is stored with the host's name, machine id, boot id, and the unit of its cgroup."""
    host = journald_host("web-1.example")
    unit = "nginx.service" if host.has_units else None
    with host.popen(["logger", "-t", "nginx"], unit=unit, stdin=subprocess.PIPE) as logger:
        assert logger.stdin is not None
        logger.stdin.write(b"hello\n")
        logger.stdin.flush()
        # journald looks the sender up in /proc when it takes the message: one that has ended has no unit any more.
        while not read(host, "SYSLOG_IDENTIFIER=nginx"):
            host.sync()

    (entry,) = read(host, "SYSLOG_IDENTIFIER=nginx")

    assert ("web-1.example", host.machine_id) == (entry["_HOSTNAME"], entry["_MACHINE_ID"])
    assert host.boot_id.replace("-", "") == entry["_BOOT_ID"]
    assert unit == entry.get("_SYSTEMD_UNIT")


def test_hosts_do_not_see_each_other(journald_host: HostFactory) -> None:
    """Two hosts side by side keep two journals."""
    one, two = journald_host("one"), journald_host("two")
    one.run(["logger", "-t", "who", "one"])
    two.run(["logger", "-t", "who", "two"])
    one.sync()
    two.sync()

    assert ["one"] == [entry["MESSAGE"] for entry in read(one, "-t", "who")]
    assert ["two"] == [entry["MESSAGE"] for entry in read(two, "-t", "who")]


def test_a_reboot_starts_a_new_boot_with_a_young_clock(journald_host: HostFactory) -> None:
    """After reboot() entries have another boot id and a small monotonic time; seqnums go on."""
    host = journald_host()
    host.run(["logger", "-t", "me", "before"])
    host.reboot()
    host.run(["logger", "-t", "me", "after"])
    host.sync()

    before, after = read(host, "-t", "me")

    assert before["_BOOT_ID"] != after["_BOOT_ID"]
    assert int(before["__MONOTONIC_TIMESTAMP"]) > int(after["__MONOTONIC_TIMESTAMP"])
    assert before["__CURSOR"].split(";")[0] == after["__CURSOR"].split(";")[0]


def test_journald_comes_back_after_a_kill(journald_host: HostFactory) -> None:
    """kill() and up() continue the same journal."""
    host = journald_host()
    host.run(["logger", "-t", "me", "before"])
    host.sync()
    host.kill()
    host.up()
    host.run(["logger", "-t", "me", "after"])
    host.sync()

    assert ["before", "after"] == [entry["MESSAGE"] for entry in read(host, "-t", "me")]


def test_rotation_and_vacuum_remove_old_entries(journald_host: HostFactory) -> None:
    """rotate() archives, vacuum() deletes archived files until two are left, the active one counted."""
    host = journald_host()
    for message in ("first", "second"):
        host.run(["logger", "-t", "me", message])
        host.sync()
        host.rotate()
    host.vacuum(files=2)

    assert ["second"] == [entry["MESSAGE"] for entry in read(host, "-t", "me")]


def test_down_leaves_nothing_behind(journald_host: HostFactory) -> None:
    """down() ends programs that still run inside; the journal can be continued by up()."""
    host = journald_host()
    program = host.popen(["sh", "-c", "echo inside; exec sleep 1000"], stdout=subprocess.PIPE)
    assert program.stdout is not None
    with program.stdout as output:
        assert b"inside\n" == output.readline()  # one that is still on its way in would not be ended
    host.down()

    assert program.wait(240) != 0 or not host.has_units
    assert [] == list(Path("/sys/fs/cgroup").glob(f"*/journalhub-lab-{os.getpid()}-*"))
    host.up()
    host.run(["logger", "-t", "me", "again"])
    host.sync()
    assert 1 == len(read(host, "-t", "me"))
