"""-f that ends by itself, and the order of its lines."""

import time
from itertools import pairwise

import pytest
from tests.jhctl.fleets import entries, entry, messages
from tests.jhctl.hub import TIMEOUT, Hub
from tests.jhctl.test_follow import connected, following

from journalhub.query.jhctl.reorder import ACTIVE_SECONDS, HELD_MAX, Window


def test_it_ends_when_enough_has_come() -> None:
    """--until-match follows from now on, shows so many entries and no more, and ends well."""
    with (
        Hub([entry("web-1", 0, "old")]) as hub,
        following(hub.url, "--until-match=2", "-g", "ready", "-o", "cat") as follow,
    ):
        connected(hub)
        hub.append(
            entries([("web-1", second, f"{word} {second}") for second in (1, 2, 3, 4) for word in ("no", "ready")])
        )
        assert 0 == follow.process.wait(TIMEOUT)
        assert ["ready 1", "ready 2"] == [follow.line(), follow.line()]
        assert follow.process.stdout is not None and b"" == follow.process.stdout.read()


def test_what_is_there_already_counts_where_it_is_asked_for() -> None:
    """With -S or -n entries of before are shown, and are matches, too."""
    with Hub([entry("web-1", 0, "ready")]) as hub:
        for words in (("-S", "2023-01-01"), ("-n", "5"), ("--no-tail",)):
            with following(hub.url, "--until-match=1", "-o", "cat", *words) as follow:
                assert (0, "ready") == (follow.process.wait(TIMEOUT), follow.line())


@pytest.mark.parametrize(
    ("words", "status"), [(("--until-match=1",), 1), ((), 0), (("--until-match=2", "-n", "all"), 1), (("-n0", "-q"), 0)]
)
def test_it_ends_when_the_time_is_up(words: tuple[str, ...], status: int) -> None:
    """--timeout alone is an end like any other; with --until-match it is a failure. Nothing is said."""
    with Hub([entry("web-1", 0, "old")]) as hub, following(hub.url, "--timeout=300ms", *words) as follow:
        assert status == follow.process.wait(TIMEOUT)
        assert follow.process.stderr is not None and b"" == follow.process.stderr.read()


def test_the_time_is_up_during_an_outage_too() -> None:
    """A collector that does not come back is not waited for longer."""
    for seconds in (2, 10, 60):  # on a slow machine the time may be up before it is connected
        words = (f"--timeout={seconds}s", "--until-match=1")
        with Hub([entry("web-1", 0, "old")]) as hub, following(hub.url, *words) as follow:
            while not hub.tails and follow.process.poll() is None:
                time.sleep(0.01)
            was_connected = follow.process.poll() is None
            hub.stop()
            try:
                assert 1 == follow.process.wait(TIMEOUT)
            finally:
                hub.start()
        if was_connected:
            return
    raise AssertionError("it was never connected in time")


def test_stats_are_told_at_the_end_of_following() -> None:
    """--stats goes with every end."""
    with Hub([entry("web-1", 0, "old")]) as hub, following(hub.url, "--until-match=1", "-n1", "--stats") as follow:
        assert follow.line("err").startswith("jhctl: 1 entries, ")


def test_hosts_are_put_in_order_and_late_lines_are_told() -> None:
    """What comes within the window is in order; what comes later is told."""
    old = [entry("web-1", 0, "a"), entry("web-2", 1, "b")]
    with Hub(old) as hub, following(hub.url, "--buffer-window=1s", "-n", "2", "--until-match=7") as follow:
        assert [follow.line()[-1], follow.line()[-1]] == ["a", "b"]
        connected(hub)
        hub.append(entries([("web-1", 10, "e"), ("web-2", 9.5, "d"), ("web-1", 9.2, "c")]))
        lines = [follow.line() for _ in range(3)]
        assert ["c", "d", "e"] == messages("\n".join(lines).encode())
        hub.append(entries([("web-2", 2, "late"), ("web-2", 3, "later")]))
        assert "jhctl: Late web-2: 8.0 s behind what is shown" == follow.line("err")
        assert ["late", "later"] == messages(f"{follow.line()}\n{follow.line()}".encode())
        assert 0 == follow.process.wait(TIMEOUT)


def test_nothing_is_held_back_without_a_window() -> None:
    """--buffer-window=0 shows what comes as it comes, and marks nothing."""
    window = Window(0)
    for second in (3, 1, 2):
        window.push(entry("web-1" if second == 2 else "web-2", second, "x"), 0.0)
    assert 0 == window.wait(0.0)
    shown = list(window.due(0.0))
    assert 3 == len(shown) and not any(window.late(one) for one in (*shown, entry("db-1", -100, "x")))


def test_one_host_is_not_waited_for() -> None:
    """While one host alone speaks its entries are due at once; a second one makes both wait for each other."""
    window = Window(1.0)
    window.push(entry("web-1", 1, "x"), 0.0)
    assert 1 == len(list(window.due(0.0)))
    window.push(entry("web-2", 2, "x"), 5.0)
    assert (0, 1.0) == (len(list(window.due(5.5))), window.wait(5.0))
    assert 1 == len(list(window.due(6.0)))
    window.push(entry("web-2", 3, "x"), 5.0 + ACTIVE_SECONDS)
    assert 1 == len(list(window.due(5.0 + ACTIVE_SECONDS)))
    assert None is window.wait(100.0)


def test_every_order_within_the_window_becomes_one() -> None:
    """Entries of three hosts that arrive less than the window late are shown in order of time, each once."""
    sent = [(("db-1", "web-1", "web-2")[number % 3], number * 0.1) for number in range(300)]
    arriving = sorted(((second + number * 7919 % 90 / 100, host, second) for number, (host, second) in enumerate(sent)))
    window = Window(1.0)
    shown = []
    for arrival, host, second in arriving:
        window.push(entry(host, second, "x"), arrival)
        shown += list(window.due(arrival))
    shown += list(window.rest())
    assert len(sent) == len(shown)
    assert all(one.realtime <= other.realtime for one, other in pairwise(shown))
    assert not any(window.late(one) for one in shown)


def test_what_is_held_is_bounded() -> None:
    """More than HELD_MAX entries are not held, whatever the window."""
    window = Window(3600.0)
    pair = [entry("web-1", 1, "x"), entry("web-2", 2, "x")]
    for number in range(HELD_MAX + 1):
        window.push(pair[number % 2], 0.0)
    assert HELD_MAX + 1 == len(list(window.due(0.0)))
