"""What a shipper says of itself is believed only as far as it makes sense."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from journalhub.collector.limits import REPORTS_MAX, TEXT_MAX, USERS_MAX
from journalhub.collector.node_status import parse_status

KEYS = ["machine_id", "hostname", "version", "sent_at", "behind", "gaps", "dropped", "quarantined", "users", "new"]
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=9) | st.binary(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_anything_is_survived(raw: dict[str, Any]) -> None:
    """No status raises, and every part that is kept has its type."""
    status = parse_status(raw)

    assert isinstance(status.hostname, str)
    assert status.behind is None or isinstance(status.behind, int)
    assert all(isinstance(name, str) for name in status.quarantined or ())


def test_a_good_status() -> None:
    """Everything of docs/formats/batch.md is read."""
    where = {"seqnum_id": b"s" * 16, "first": 5, "last": 9, "since": 1, "until": 2}
    status = parse_status(
        {
            "machine_id": b"m" * 16,
            "hostname": "web-1",
            "version": "0.1",
            "sent_at": 7,
            "behind": None,
            "gaps": [where | {"boot_id": b"b" * 16, "cause": "rotated away"}],
            "dropped": [{"rule": "too large", "count": 1, **where}, {"rule": "filter", "count": 3}],
            "quarantined": ["system@1.journal"],
            "from a newer shipper": 1,
        }
    )

    assert ("6d" * 16, "web-1", "0.1", 7, None) == (
        status.machine_id,
        status.hostname,
        status.version,
        status.sent_at,
        status.behind,
    )
    assert [("rotated away", 5)] == [(gap.cause, gap.size) for gap in status.gaps]
    assert [("too large", 1, 5), ("filter", 3, None)] == [
        (item.rule, item.count, item.where.size if item.where else None) for item in status.dropped
    ]
    assert (("system@1.journal",), 0, True) == (status.quarantined, status.ignored, status.must_last)
    assert {"rule": "filter", "count": 3} == status.dropped[1].document()


def test_users() -> None:
    """Numbers with names; what is neither is left out and counted."""
    told = [[1000, "ann"], (0, "root\x1b[1m"), [-1, "x"], [True, "x"], ["1", "x"], [2], [2**32, "x"], [3, b"x"]]
    status = parse_status({"users": told})

    assert (("1000", "ann"), ("0", "root")) == tuple((uid, name[:4]) for uid, name in status.users)
    assert "\x1b" not in status.users[1][1]
    assert 6 + 1 == status.ignored  # and no machine id


def test_it_is_cut_to_size() -> None:
    """Long texts and long lists are cut; what is wrong is counted."""
    status = parse_status({"hostname": "x" * 10_000, "dropped": [{"rule": str(n), "count": 1} for n in range(1000)]})

    assert (TEXT_MAX, REPORTS_MAX) == (len(status.hostname), len(status.dropped))
    assert "999" == status.dropped[-1].rule
    users = [(n, "u") for n in range(2 * USERS_MAX)]
    assert USERS_MAX == len(parse_status({"users": users}).users)
    assert 2 == parse_status({"gaps": [1], "machine_id": b"short"}).ignored
