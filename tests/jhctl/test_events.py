"""Server-sent events out of chunks."""

from hypothesis import given
from hypothesis import strategies as st

from journalhub.query.jhctl.events import Event, EventParser

STREAM = (
    b": keep-alive\nid: 3\n\nid: 4\nevent: entry\ndata: {}\n\ndata:a\ndata: b\n\n"
    b"event: gap\r\ndata: x\r\n\r\nretry: 5\nid: 9@8.7\n\nevent: lost\n\ndata: unfinished\n"
)
EVENTS = [Event("entry", b"{}"), Event("message", b"a\nb"), Event("gap", b"x")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_come_out_of_chunks_of_any_size(cuts: list[int]) -> None:
    """Events, their names, several lines of data, and the id that a block without data moves."""
    parser = EventParser()
    places = [0, *sorted(cuts), len(STREAM)]
    got = [event for start, end in zip(places, places[1:], strict=False) for event in parser.feed(STREAM[start:end])]
    assert (EVENTS, "9@8.7") == (got, parser.last_id)
