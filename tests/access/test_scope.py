"""A reader of a limited role sees what the limit says, whatever is asked and by whichever face."""

import http.client
import json
import subprocess

import pytest
from tests.access.hub import SecuredCollector
from tests.query.fleet import machine_id, make_entries

from journalhub.access.roles import Role
from journalhub.journal.entry import Entry

SCOPE = "host=web-1 OR priority<=err"


def is_seen(entry: Entry) -> bool:
    """What SCOPE means, said a second time."""
    priorities = entry.values("PRIORITY")
    return b"web-1" in entry.values("_HOSTNAME") or any(value in (b"0", b"1", b"2", b"3") for value in priorities)


ENTRIES = make_entries(300)
SEEN = [entry for entry in ENTRIES if is_seen(entry)]
HIDDEN = [entry for entry in ENTRIES if not is_seen(entry)]


@pytest.fixture(scope="module")
def limited(hub: SecuredCollector) -> str:
    """The token of a limited reader."""
    return hub.token(Role.READER, SCOPE)


def test_entries_count_histogram(hub: SecuredCollector, limited: str) -> None:
    """Pages, counts and bars are of what is seen."""
    shown = hub.get("/api/v1/entries", limited, limit="1000", count="1")
    histogram = hub.get("/api/v1/histogram", limited, since="@1", until="@2000000000", buckets="10")

    assert {str(entry.cursor) for entry in SEEN} == {entry["__CURSOR"] for entry in shown["entries"]}
    assert len(SEEN) == shown["matched"] == hub.get("/api/v1/count", limited)["matched"]
    assert len(SEEN) == sum(sum(series["counts"]) for series in histogram["series"])


def test_facets_values_fields(hub: SecuredCollector, limited: str) -> None:
    """Completion and sidebar know no value that only hidden entries have."""
    facets = hub.get("/api/v1/facets", limited, field="_SYSTEMD_UNIT", limit="100")["facets"][0]["values"]
    counted = {row["value"]: row["count"] for row in facets}
    expected = {unit.decode() for entry in SEEN for unit in entry.values("_SYSTEMD_UNIT")}
    names = {row["name"]: row["count"] for row in hub.get("/api/v1/fields", limited)["fields"]}

    assert expected == set(counted)
    assert sum(1 for entry in SEEN if entry.values("PRIORITY")) == names["PRIORITY"]
    assert expected == set(hub.get("/api/v1/values/_SYSTEMD_UNIT", limited)["values"])


def test_events_and_patterns(hub: SecuredCollector, limited: str) -> None:
    """What happened, and what was said, is told of what is seen."""
    patterns = hub.get("/api/v1/patterns", limited, limit="1000", new="1")
    (kernel,) = hub.get("/api/v1/events", limited, kind="kernel")["kinds"]
    low = {b"0", b"1", b"2"}
    urgent = [e for e in SEEN if b"kernel" in e.values("_TRANSPORT") and low.intersection(e.values("PRIORITY"))]

    assert len(SEEN) == patterns["scanned"] == patterns["matched"]
    assert len(SEEN) == patterns["unlike"] + sum(pattern["count"] for pattern in patterns["patterns"])
    assert len(urgent) == kernel["matched"] == sum(host["count"] for host in kernel["hosts"])


def test_context_cannot_look_around_the_limit(hub: SecuredCollector, limited: str) -> None:
    """The surroundings of an entry leave out what is hidden, and a hidden entry has none."""
    context = hub.get("/api/v1/context", limited, cursor=str(SEEN[50].cursor), before="100", after="100")
    shown = {entry["__CURSOR"] for side in ("before", "after") for entry in context[side]}

    assert shown
    assert shown.isdisjoint({str(entry.cursor) for entry in HIDDEN})
    assert 404 == hub.ask(f"/api/v1/context?cursor={HIDDEN[0].cursor}".replace(";", "%3B"), limited).status


@pytest.mark.parametrize("path", ["/api/v1/export?format=export", "/api/v1/export?format=json", "/entries"])
def test_whole_dumps(hub: SecuredCollector, limited: str, path: str) -> None:
    """Exports, also by the gatewayd API, hold what is seen and nothing else."""
    answer = hub.ask(path, limited, headers={"Accept": "application/json"})
    found = {str(entry.cursor).encode() for entry in ENTRIES if str(entry.cursor).encode() in answer.body}

    assert 200 == answer.status
    assert {str(entry.cursor).encode() for entry in SEEN} == found


def test_the_tail(hub: SecuredCollector, limited: str) -> None:
    """A follower of a limited role is given what it sees of what is there and of what arrives."""
    connection = http.client.HTTPSConnection("127.0.0.1", hub.port, timeout=240, context=hub.context())
    connection.request("GET", "/api/v1/tail?lines=500", headers={"Authorization": f"Bearer {limited}"})
    response = connection.getresponse()
    got: list[str] = []
    while len(got) < len(SEEN):
        line = response.readline()
        if line.startswith(b"data: {") and b"__CURSOR" in line:
            got.append(json.loads(line[6:])["__CURSOR"])
    connection.close()

    assert [str(entry.cursor) for entry in SEEN] == sorted(got, key=[str(entry.cursor) for entry in SEEN].index)


def test_hosts_and_boots(hub: SecuredCollector) -> None:
    """Nodes, boots and host names of others are not there."""
    token = hub.token(Role.READER, "host=db-1")
    nodes = hub.get("/api/v1/nodes", token)["nodes"]

    assert {"db-1"} == {node["hostname"] for node in nodes}
    assert {"db-1"} == {boot["hostname"] for boot in hub.get("/api/v1/boots", token)["boots"]}
    assert {machine_id("db-1").decode()} == set(hub.get("/api/v1/values/_MACHINE_ID", token)["values"])
    assert b"web-1" not in hub.ask("/boots", token).body
    assert b"db-1\n" == hub.ask("/fields/_HOSTNAME", token).body


def test_a_scope_is_a_query(hub: SecuredCollector) -> None:
    """A limit that is only text, or that cannot be read, is refused when it is set, and shows nothing if it was not."""
    done = subprocess.run(
        hub.command("token", "create", "x", "--scope", "connect() failed (111"),
        capture_output=True,
        text=True,
        env=hub.environment,
    )
    assert 1 == done.returncode
    assert "is no query" in done.stderr
    forged = hub.token(Role.READER, "connect() failed (111")

    assert 403 == hub.ask("/api/v1/entries", forged).status
