"""The session as a transcript: what happens, and what it then wants done."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.cursor import parse
from journalhub.journal.entry import Entry
from journalhub.shipper.commands import Answer, Changed, Command, Dropped, Halt, Post, Save, State
from journalhub.shipper.errors import Exit
from journalhub.shipper.frames import Position, ReadBatch, Report
from journalhub.shipper.limits import (
    BACKOFF_DENIED,
    BACKOFF_FIRST,
    BACKOFF_MAX,
    HEARTBEAT_SECONDS,
    RETRY_AFTER_MAX,
    SETTLE_SECONDS,
    WINDOW,
)
from journalhub.shipper.session import Session

SEQNUM_ID, BOOT_ID = b"s" * 16, b"b" * 16
GAP: Report = {"seqnum_id": SEQNUM_ID, "boot_id": None, "first": 5, "last": 7, "since": 1, "until": 2, "cause": "x"}
REFUSAL = "bad entry"


def entry(seqnum: int) -> Entry:
    """An entry of our one stream."""
    return Entry(SEQNUM_ID, seqnum, BOOT_ID, seqnum, 1000 + seqnum, seqnum, (("MESSAGE", b"n %d" % seqnum),))


def batch(*seqnums: int, gaps: Sequence[Report] = ()) -> ReadBatch:
    """What the reader gives for these entries."""
    entries = [entry(seqnum) for seqnum in seqnums]
    last = str(entries[-1].cursor) if entries else ""
    return ReadBatch(
        entries=len(entries),
        packed=wire.pack(from_entries(entries)) if entries else b"",
        last=last,
        realtime=entries[-1].realtime if entries else 0,
        hostname="h",
        positions={"system": Position(last or "somewhere", {SEQNUM_ID: last} if last else {})},
        gaps=list(gaps),
    )


def seqnums(post: Post) -> list[int]:
    """Of the entries that a request carries."""
    return wire.decode(wire.seal(post.packed)).batch.seqnum


def stored(post: Post) -> Answer:
    """200, as a collector gives it for this request."""
    _, last = wire.describe(post.packed)
    return Answer(200, acknowledged=str(last) if last else None)


def started(jitter: float = 1.0) -> Session:
    """A session at time 0."""
    return Session(lambda: jitter, 0.0)


def posts(commands: Sequence[Command]) -> list[Post]:
    """The requests among the commands."""
    return [command for command in commands if isinstance(command, Post)]


def test_sends_and_moves_the_checkpoint() -> None:
    """A batch goes out at once; its acknowledgement moves the checkpoint."""
    session = started()
    session.read(batch(1, 2), 0.0)
    (post,) = session.take_commands()

    assert isinstance(post, Post)
    assert seqnums(post) == [1, 2]
    session.answered(post.number, stored(post), 0.1)
    assert session.take_commands() == [
        Changed(State.UP),
        Save({"system": Position(str(entry(2).cursor), {SEQNUM_ID: str(entry(2).cursor)})}),
    ]
    assert (session.is_idle, session.counts.acknowledged) == (True, 2)


def test_window_is_bounded() -> None:
    """So many batches are under way, and no more is wanted meanwhile."""
    session = started()
    for number in range(WINDOW):
        assert session.wants_more
        session.read(batch(number), 0.0)

    assert not session.wants_more
    first, *_ = posts(session.take_commands())
    session.answered(first.number, stored(first), 0.1)
    assert session.wants_more


def test_checkpoint_waits_for_what_is_before() -> None:
    """An answer out of order moves nothing until all before it are in."""
    session = started()
    session.read(batch(1), 0.0)
    session.read(batch(2), 0.0)
    first, second = posts(session.take_commands())
    session.answered(second.number, stored(second), 0.1)

    assert session.take_commands() == [Changed(State.UP)]
    session.answered(first.number, stored(first), 0.2)
    assert session.take_commands() == [
        Save({"system": Position(str(entry(2).cursor), {SEQNUM_ID: str(entry(2).cursor)})})
    ]


def test_failure_is_tried_again_with_growing_pauses() -> None:
    """No answer: a pause that doubles up to its limit, one request as a probe, one report of the change."""
    session = started()
    session.read(batch(1), 0.0)
    session.read(batch(2), 0.0)
    now, pauses = 0.0, []
    requests = posts(session.take_commands())
    changes = []
    for _ in range(9):
        for post in requests:
            session.failed(post.number, "refused", now)
        assert session.wake_at is not None
        pauses.append(session.wake_at - now)
        now = session.wake_at
        session.tick(now)
        commands = session.take_commands()
        changes += [command for command in commands if isinstance(command, Changed)]
        requests = posts(commands)
        assert [seqnums(post) for post in requests] == [[1]]

    assert pauses[:3] == [BACKOFF_FIRST, 2 * BACKOFF_FIRST, 4 * BACKOFF_FIRST]
    assert pauses[-1] == BACKOFF_MAX
    assert changes == [Changed(State.DOWN, "refused")]
    session.answered(requests[0].number, stored(requests[0]), now)
    commands = session.take_commands()
    assert Changed(State.UP) in commands
    assert [seqnums(post) for post in posts(commands)] == [[2]]


@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7.0), (0.0, BACKOFF_FIRST / 2), (1e9, RETRY_AFTER_MAX)])
def test_retry_after_is_obeyed(asked: float, waited: float) -> None:
    """503 with Retry-After waits that long, within reason."""
    session = started(jitter=0.0)
    session.read(batch(1), 0.0)
    (post,) = posts(session.take_commands())
    session.answered(post.number, Answer(503, retry_after=asked, error="full"), 0.0)

    assert session.wake_at == waited
    assert not posts(session.take_commands())


def test_denied_waits_long() -> None:
    """401 is tried slowly: an administrator must act."""
    session = started()
    session.read(batch(1), 0.0)
    (post,) = posts(session.take_commands())
    session.answered(post.number, Answer(401, error="who?"), 0.0)

    assert session.take_commands() == [Changed(State.DENIED, "answer 401: who?")]
    assert session.wake_at == BACKOFF_DENIED


def test_unsupported_version_ends_it() -> None:
    """415 cannot be cured by trying."""
    session = started()
    session.read(batch(1), 0.0)
    (post,) = posts(session.take_commands())
    session.answered(post.number, Answer(415, error="reads 2"), 0.0)

    (halt,) = session.take_commands()
    assert isinstance(halt, Halt)
    assert (halt.code, "reads 2" in halt.message) == (Exit.REFUSED, True)
    assert session.wake_at is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, acknowledged=None),
        Answer(200, acknowledged=str(entry(9).cursor)),
        Answer(200, understood=False),
        Answer(400, understood=False),
        Answer(204),
        Answer(302),
        Answer(404),
        Answer(500),
    ],
)
def test_anything_else_is_no_acknowledgement(answer: Answer) -> None:
    """Only the right cursor in a 200 moves the checkpoint; everything unknown is tried again."""
    session = started()
    session.read(batch(1), 0.0)
    (post,) = posts(session.take_commands())
    session.answered(post.number, answer, 0.0)

    assert [type(command) for command in session.take_commands()] == [Changed]
    assert not session.is_idle
    assert session.wake_at is not None


def test_heartbeat() -> None:
    """An idle session sends an empty batch; one that has something under way does not."""
    session = started()

    assert session.wake_at == HEARTBEAT_SECONDS
    session.tick(HEARTBEAT_SECONDS)
    (post,) = posts(session.take_commands())
    assert (seqnums(post), post.with_status) == ([], True)
    session.answered(post.number, stored(post), HEARTBEAT_SECONDS)
    assert session.take_commands() == [Changed(State.UP)]
    assert session.wake_at == 2 * HEARTBEAT_SECONDS


def test_a_burst_ends_with_a_status() -> None:
    """Soon after the last entries a status tells that the node has caught up."""
    session = started()
    session.read(batch(1), 5.0)
    (post,) = posts(session.take_commands())
    session.answered(post.number, stored(post), 5.1)
    session.take_commands()

    assert session.wake_at == 5.0 + SETTLE_SECONDS
    session.tick(5.0 + SETTLE_SECONDS)
    (post,) = posts(session.take_commands())
    assert seqnums(post) == []
    session.answered(post.number, stored(post), 7.0)
    assert session.wake_at == 5.0 + SETTLE_SECONDS + HEARTBEAT_SECONDS


def test_gaps_travel_with_their_batch() -> None:
    """A gap is sent with the batch in which it was found, and again whenever that is."""
    session = started()
    session.read(batch(8, gaps=[GAP]), 0.0)
    (post,) = posts(session.take_commands())
    session.failed(post.number, "cut", 0.0)
    session.tick(1.0)
    (again,) = posts(session.take_commands())

    assert post.gaps == again.gaps == (GAP,)


def test_gaps_without_entries_are_sent() -> None:
    """A gap alone is worth a request; a mere change of position is not."""
    session = started()
    session.read(batch(gaps=[GAP]), 0.0)
    session.read(batch(), 0.0)
    (post,) = session.take_commands()

    assert isinstance(post, Post)
    assert (seqnums(post), post.gaps) == ([], (GAP,))
    session.answered(post.number, stored(post), 0.0)
    assert [type(command) for command in session.take_commands()] == [Changed, Save]


@dataclass
class Picky:
    """A collector that takes no batch with one of the `bad` entries, nor one longer than `most`."""

    bad: set[int]
    most: int = 10**9
    dislikes_status: bool = False
    has: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)

    def answer(self, post: Post) -> Answer:
        """What it says to a request."""
        found = seqnums(post)
        if self.dislikes_status and post.with_status:
            return Answer(400, error="status")
        if len(found) > self.most:
            return Answer(413, error="too large")
        if self.bad.intersection(found):
            return Answer(400, error=REFUSAL)
        self.has += found
        self.dropped = sorted({*self.dropped, *(report["first"] for report in post.dropped)})
        return stored(post)


def converse(session: Session, collector: Picky, now: float = 0.0) -> list[Command]:
    """Answer every request until there is none; all commands that were given."""
    given_commands: list[Command] = []
    while commands := session.take_commands():
        given_commands += commands
        for post in posts(commands):
            session.answered(post.number, collector.answer(post), now)
    return given_commands


@given(st.sets(st.integers(1, 40)), st.integers(1, 50))
def test_bad_entries_are_cornered(bad: set[int], most: int) -> None:
    """Whatever single entries a collector refuses, all others arrive, once, and the refused ones are reported."""
    session, collector = started(), Picky(bad, most)
    session.read(batch(*range(1, 41), gaps=[GAP]), 0.0)
    commands = converse(session, collector)

    assert sorted(collector.has) == sorted(set(range(1, 41)) - bad)
    assert collector.dropped == sorted(bad)
    assert len([command for command in commands if isinstance(command, Dropped)]) == len(bad) == session.counts.dropped
    assert session.is_idle
    assert isinstance(commands[-1], Save)


def test_status_is_the_first_suspect() -> None:
    """A collector that does not like our status gets the entries without it: none is dropped."""
    session, collector = started(), Picky(set(), dislikes_status=True)
    session.read(batch(1, 2, 3), 0.0)
    commands = converse(session, collector)

    assert collector.has == [1, 2, 3]
    assert not [command for command in commands if isinstance(command, Dropped)]
    assert session.is_idle


@settings(max_examples=200)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_any_order_of_faults(seed: int, sizes: list[int]) -> None:
    """Answers late, lost, out of order or refused: the checkpoint never passes an entry that is not stored."""
    chance = random.Random(seed)
    session = Session(chance.random, 0.0)
    counter = itertools.count(1)
    waiting = [batch(*itertools.islice(counter, size)) for size in sizes]
    all_entries = {seqnum for size in [sum(sizes)] for seqnum in range(1, size + 1)}
    has: set[int] = set()
    flying: list[Post] = []
    now = 0.0
    for _ in range(10_000):
        if waiting and session.wants_more:
            session.read(waiting.pop(0), now)
        for command in session.take_commands():
            if isinstance(command, Post):
                assert command.number not in {post.number for post in flying}
                flying.append(command)
            elif isinstance(command, Save):
                at = command.positions["system"].streams.get(SEQNUM_ID)
                reached = parse(at).seqnum if at else 0
                assert set(range(1, reached + 1)) <= has
        if not waiting and session.is_idle:
            break
        if flying:
            post = flying.pop(chance.randrange(len(flying)))
            match chance.choice(["ok", "ok", "ok", "lost", "cut", "busy"]):
                case "ok":
                    has.update(seqnums(post))
                    session.answered(post.number, stored(post), now)
                case "lost":
                    has.update(seqnums(post))
                    session.failed(post.number, "cut after the request", now)
                case "cut":
                    session.failed(post.number, "cut", now)
                case _:
                    session.answered(post.number, Answer(503, retry_after=chance.choice([None, 1.0])), now)
        elif session.wake_at is not None:
            now = max(now, session.wake_at)
            session.tick(now)

    assert has == all_entries
    assert session.counts.acknowledged == len(all_entries)
