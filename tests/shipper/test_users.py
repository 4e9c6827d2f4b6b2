"""Names of users: what is taken from passwd, and when it is told."""

from pathlib import Path

import pytest

from journalhub.shipper import report
from journalhub.shipper.checkpoint import Remembered
from journalhub.shipper.commands import Post
from journalhub.shipper.limits import HORIZON_SECONDS, USERS_MAX
from journalhub.shipper.report import Node
from journalhub.shipper.users import users

PASSWD = """root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash
+@staff::::::
-nobody
#old:x:7:7::/:/bin/sh
half:x
bad:x:many:1::/:/bin/sh
m\xfcller:x:1001:1001::/home/m:/bin/sh
"""


def test_what_passwd_says(tmp_path: Path) -> None:
    """The first name of each uid; what is no user is passed over; a file that is not there says nothing."""
    path = tmp_path / "passwd"
    path.write_bytes(PASSWD.encode("latin-1"))

    assert [(0, "root"), (1000, "ann"), (1001, "m\ufffdller")] == users(path)
    assert [] == users(tmp_path / "none")
    path.write_text("".join(f"u{n}:x:{n}:1::/:/bin/sh\n" for n in range(2 * USERS_MAX)))
    assert USERS_MAX == len(users(path))


def node(*, has_users: bool) -> Node:
    """A node without a journal."""
    return Node(bytes(16), "web-1", True, list, has_users=has_users)


def test_told_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the first status, not with each, and again after a while; never of the journal of another machine."""
    path = tmp_path / "passwd"
    path.write_text("ann:x:1000:1000::/:/bin/sh\n")
    monkeypatch.setattr(report, "users", lambda: users(path))
    own, foreign = node(has_users=True), node(has_users=False)
    told = []
    for now in (0.0, 1.0, HORIZON_SECONDS):
        for each in (own, foreign):
            each.look(0, {}, now)
            told.append(each.status(Post(1, b""), Remembered(), 1).get("users"))

    ann = [(1000, "ann")]
    assert [ann, None, None, None, ann, None] == told
