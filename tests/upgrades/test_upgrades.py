"""What earlier versions wrote and said: opened, understood, and not sent in vain."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.access.hub import SecuredCollector
from tests.integration.programs import ENVIRONMENT, entries, wait_until
from tests.upgrades.material import PASSWORD, RULE, VERSIONS, Kept, all_kept, fingerprint

from journalhub.access.roles import Role
from journalhub.shipper import resume
from journalhub.shipper.answer import read_answer
from journalhub.shipper.checkpoint import Checkpoint

each_kept = pytest.mark.parametrize("kept", all_kept(), ids=lambda kept: kept.directory.name)


def test_the_present_formats_are_kept() -> None:
    """Whoever changes a format keeps what the new one writes: `python -m tests.upgrades.make`."""
    assert VERSIONS == all_kept()[-1].about["versions"]


@each_kept
def test_a_data_directory_opens(kept: Kept, tmp_path: Path) -> None:
    """Entries, accounts, users, tokens and rules are there, byte for byte, found as they were, and undamaged."""
    kept.unpack(tmp_path)
    about = kept.about
    token = about["token"]
    with SecuredCollector(tmp_path, tls=False) as hub:
        export = entries(hub.ask("/api/v1/export?format=export", token).body)
        assert about["fingerprint"] == fingerprint([b"\n".join(fields) for fields in export.elements()])
        wait_until("everything is found", lambda: hub.get("/api/v1/count", token)["matched"] == about["entries"])
        found = {query: hub.get("/api/v1/count", token, q=query)["matched"] for query in about["matched"]}
        assert about["matched"] == found
        assert about["nodes"] == len(hub.get("/api/v1/nodes", token)["nodes"])
        assert hub.people.log_in("ann", PASSWORD)
        (rule,) = hub.get("/api/v1/alerts", token)["alerts"]
        assert RULE == {key: rule[key] for key in RULE}
        assert 0 == hub.end()
        done = subprocess.run(hub.command("verify"), capture_output=True, text=True, env=ENVIRONMENT)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SecuredCollector]:
    """Of this version, empty."""
    with SecuredCollector(tmp_path / "hub", tls=False) as running:
        yield running


@each_kept
def test_an_older_shipper_is_understood(kept: Kept, hub: SecuredCollector) -> None:
    """Its requests get the answers that they got then, and its entries are stored, once."""
    token, reader = hub.token(Role.SENDER), hub.token(Role.READER)
    for _ in range(2):
        for said in kept.talk:
            body = bytes.fromhex(said["body"]) or None
            answer = hub.ask(said["path"], token, method=said["method"], body=body, headers=said["headers"])
            assert said["status"] == str(answer.status)
            if said["method"] == "POST":
                then = json.loads(said["answer"])
                assert then["acknowledged"] == answer.document["acknowledged"]
                assert then.keys() <= answer.document.keys()

    wait_until("the entries are found", lambda: hub.get("/api/v1/count", reader)["matched"] == 23)
    assert [23] == [node["entries"] for node in hub.get("/api/v1/nodes", reader)["nodes"] if node["entries"]]
    assert 20 == hub.get("/api/v1/count", reader, q="kept journal", identifier="app")["matched"]


@each_kept
def test_an_older_hub_is_understood(kept: Kept) -> None:
    """The shipper of this version reads its answers."""
    posts = [said for said in kept.talk if said["method"] == "POST"]
    asks = [said for said in kept.talk if said["path"].startswith("/api/v1/resume")]
    answers = [read_answer(int(said["status"]), {}, said["answer"].encode()) for said in posts]

    assert posts and asks
    assert all(answer.understood and answer.status == 200 and not answer.refused for answer in answers)
    assert any(answer.acknowledged for answer in answers)
    assert all(resume.known(said["answer"].encode()) == {} for said in asks)


@each_kept
def test_a_state_file_opens(kept: Kept, tmp_path: Path) -> None:
    """The shipper goes on where the older one was."""
    shutil.copy(kept.state, tmp_path / "state.json")
    checkpoint = Checkpoint(tmp_path)
    try:
        assert ("", 1) == (checkpoint.warning, len(checkpoint.remembered.positions))
    finally:
        checkpoint.close()


@each_kept
def test_another_version_is_refused_and_left_alone(kept: Kept, tmp_path: Path) -> None:
    """A directory of a version to come ends the start with a code of its own, and nothing in it is changed."""
    directory = kept.unpack(tmp_path)
    (directory / "FORMAT_VERSION").write_text("99\n")
    before = {path: path.read_bytes() for path in directory.rglob("*.sqlite")}
    hub = SecuredCollector(tmp_path, tls=False)
    with hub.log.open("wb") as output:
        done = subprocess.run(hub.argv, stdout=output, stderr=output, env=ENVIRONMENT)
    hub.__exit__(None, None, None)

    assert (5, True) == (done.returncode, "format '99'" in hub.log.read_text())
    partitions = {path: content for path, content in before.items() if "partitions" in path.parts}
    assert partitions == {path: path.read_bytes() for path in partitions}
