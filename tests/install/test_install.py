"""`journalhub install` and `uninstall` on trees that do not run; on machines that do: test_booted_units.py."""

import subprocess
from pathlib import Path

import pytest
from tests.integration.programs import BIN, ENVIRONMENT

PROGRAM = "/opt/elsewhere/bin/journalhub"
ETC = "etc/systemd/system"


def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """`journalhub …`."""
    return subprocess.run([str(BIN / "journalhub"), *map(str, words)], capture_output=True, text=True, env=ENVIRONMENT)


def files(root: Path) -> set[str]:
    """Every file and link below `root`."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or path.is_file()}


@pytest.mark.parametrize("role", ["shipper", "collector"])
def test_a_tree_gets_an_enabled_unit(role: str, tmp_path: Path) -> None:
    """The unit runs the program that was named, and the next boot starts it; the second time nothing is written."""
    unit = f"journalhub-{role}.service"
    done = run("install", role, "--root", tmp_path, "--program", PROGRAM)
    assert (0, "") == (done.returncode, done.stderr.partition("Created symlink")[0])

    assert {f"{ETC}/{unit}", f"{ETC}/multi-user.target.wants/{unit}"} == files(tmp_path)
    assert f"ExecStart={PROGRAM} {role} " in (tmp_path / ETC / unit).read_text()

    again = run("install", role, "--root", tmp_path, "--program", PROGRAM)
    assert (0, False) == (again.returncode, "write" in again.stdout)


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    """It prints the steps, and takes none."""
    words = ("install", "shipper", "--root", tmp_path, "--program", PROGRAM, "--collector", "https://hub:19532")
    done = run(*words, "--dry-run")

    assert 0 == done.returncode
    assert [
        f"write {tmp_path}/etc/journalhub/shipper.toml",
        f"write {tmp_path}/{ETC}/journalhub-shipper.service",
        f"systemctl --root {tmp_path} enable journalhub-shipper.service",
    ] == done.stdout.splitlines()
    assert set() == files(tmp_path)


def test_settings_that_are_there_stay(tmp_path: Path) -> None:
    """--collector writes the settings where there are none; an administrator's own are never replaced."""
    words = ("install", "shipper", "--root", tmp_path, "--program", PROGRAM, "--collector")
    settings = tmp_path / "etc/journalhub/shipper.toml"
    assert 0 == run(*words, "https://hub:19532").returncode
    assert 'collector = "https://hub:19532"\n' == settings.read_text()

    other = run(*words, "https://other:19532")
    assert (1, True) == (other.returncode, "stays as it is" in other.stderr)
    assert 'collector = "https://hub:19532"\n' == settings.read_text()


def test_a_node_that_knows_no_hub_is_told_what_is_next(tmp_path: Path) -> None:
    """Without the hub's address a shipper cannot start: the next step is said."""
    done = run("install", "shipper", "--root", tmp_path, "--program", PROGRAM)

    assert "journalhub enroll --create-token" in done.stdout


@pytest.mark.parametrize("hidden", ["/home/ann/venv/bin/journalhub", "/tmp/venv/bin/journalhub"])
def test_a_program_that_services_do_not_see_is_refused(hidden: str, tmp_path: Path) -> None:
    """A program in a home directory would not start under the unit: that is said before anything is changed."""
    done = run("install", "collector", "--root", tmp_path, "--program", hidden)

    assert (1, True) == (done.returncode, "/opt/journalhub" in done.stderr)
    assert set() == files(tmp_path)


def test_uninstall_keeps_what_was_kept_unless_purged(tmp_path: Path) -> None:
    """The unit and its link go; settings and state only with --purge."""
    install = ("install", "shipper", "--root", tmp_path, "--program", PROGRAM, "--collector", "https://hub:19532")
    assert 0 == run(*install).returncode
    state = tmp_path / "var/lib/journalhub/shipper/state.json"
    state.parent.mkdir(parents=True)
    state.touch()
    kept = {"etc/journalhub/shipper.toml", "var/lib/journalhub/shipper/state.json"}

    assert 0 == run("uninstall", "shipper", "--root", tmp_path).returncode
    assert kept == files(tmp_path)
    assert 0 == run("uninstall", "shipper", "--root", tmp_path, "--purge").returncode
    assert set() == files(tmp_path)


def test_the_unit_of_a_package_is_used(tmp_path: Path) -> None:
    """Where a package has brought the unit none is written: it is enabled, and stays when uninstalled."""
    packaged = tmp_path / "lib/systemd/system/journalhub-collector.service"
    assert 0 == run("install", "collector", "--root", tmp_path, "--program", PROGRAM).returncode
    packaged.parent.mkdir(parents=True)
    (tmp_path / ETC / packaged.name).rename(packaged)
    (tmp_path / ETC / "multi-user.target.wants" / packaged.name).unlink()

    assert 0 == run("install", "collector", "--root", tmp_path).returncode
    wanted = f"{ETC}/multi-user.target.wants/{packaged.name}"
    assert {str(packaged.relative_to(tmp_path)), wanted} == files(tmp_path)
    assert 0 == run("uninstall", "collector", "--root", tmp_path).returncode
    assert {str(packaged.relative_to(tmp_path))} == files(tmp_path)
