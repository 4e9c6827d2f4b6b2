"""Whatever is asked is answered or refused: nothing a user can send is a failure of ours."""

import re
from urllib.parse import quote_from_bytes

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.query.fleet import fill, make_entries

from journalhub.query.api.answers import Answer
from journalhub.query.api.asked import Asked, Sources
from journalhub.query.api.endpoints import ENDPOINTS, Endpoint
from journalhub.query.api.tail import prepare_tail
from journalhub.query.plan.parameters import Parameters
from journalhub.query.plan.refusal import Refusal
from journalhub.store.contract import Budget
from journalhub.store.memory import MemoryStore

ENTRIES = make_entries(40)

STORE = MemoryStore()
fill(STORE, ENTRIES)

NAMES = sorted({parameter.name for endpoint in ENDPOINTS for parameter in endpoint.parameters})

words = st.sampled_from(
    [
        *(
            "",
            "0",
            "-1",
            "1",
            "*",
            "[",
            "web-*",
            "nginx",
            "err",
            "warning..",
            "kern,",
            "now",
            "-1h",
            "@1760000000",
            "+",
        ),
        *("MESSAGE=disk", "_BOOT_ID=x", "(", ")", '"', "OR", "NOT x", "a OR", "/x(/", "PRIORITY>=3", "*full*", "\x00"),
        *("UTC", "Europe/Oslo", "host", "export", str(ENTRIES[3].cursor), "1760000000000000.3", "MESSAGE", "unit", "é"),
    ]
)
values = (
    words.map(str.encode)
    | st.text(max_size=30).map(lambda text: text.encode(errors="replace"))
    | st.binary(max_size=12)
)
pairs = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=4)


def answer(endpoint: Endpoint, query: str, field: str) -> Answer:
    """What the endpoint answers; may raise Refusal."""
    parameters = Parameters(query)
    asked = Asked(parameters, {"field": field}, ENTRIES[-1].realtime, Sources(STORE, list, dict, 5))
    job = endpoint.prepare(asked)
    parameters.finish([parameter.name for parameter in endpoint.parameters])
    return job(STORE, Budget(5))


@settings(deadline=None)  # a busy machine is no failure
@given(st.sampled_from(ENDPOINTS), pairs, st.sampled_from(["MESSAGE", "_HOSTNAME", "x", "TAG"]))
def test_any_parameters(endpoint: Endpoint, given_pairs: list[tuple[str, bytes]], field: str) -> None:
    """Any values of any parameters: an answer that is JSON, or a refusal that says where and what to do."""
    known = {parameter.name for parameter in endpoint.parameters}
    query = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in given_pairs if name in known)
    try:
        found = answer(endpoint, query, field)
    except Refusal as refusal:
        assert refusal.status in (400, 404)
        assert refusal.what
        assert refusal.where
        assert refusal.do
    else:
        assert orjson.loads(orjson.dumps(found.document(1.0)))["took_ms"] == 1.0


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=60), st.text(max_size=30))
def test_any_query_string(text: str, last_event_id: str) -> None:
    """A query string need not even be one."""
    for endpoint in ENDPOINTS:
        try:
            answer(endpoint, text, "MESSAGE")
        except Refusal as refusal:
            assert refusal.status in (400, 404)
    try:
        prepare_tail(Asked(Parameters(text), {}, 1, Sources(STORE, list, dict, 5)), last_event_id)
    except Refusal as refusal:
        assert refusal.status == 400


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "NOT " * 5000 + "x", "-" * 5000 + "x", "(a OR " * 2000, '"' * 3001, "a " * 4000, "a OR " * 3000 + "b"],
)
def test_deep_and_long_queries(text: str) -> None:
    """A query of any depth or length is read or refused; it exhausts nothing."""
    count = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "count")
    try:
        found = answer(count, f"q={quote_from_bytes(text.encode())}", "")
    except Refusal as refusal:
        assert refusal.where == "q"
    else:
        assert found.matched is not None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(x*)*y", "(" * 2000 + ")" * 2000, "a{65535}{65535}", "\\C" * 500])
def test_costly_patterns(pattern: str) -> None:
    """A pattern that explodes ends at a limit, and the answer says so, or it is refused."""
    store = MemoryStore()
    blob = (("MESSAGE", b"a" * 5000 + b"!"),)
    fill(store, [entry._replace(fields=blob) for entry in ENTRIES[:3]])
    count = next(endpoint for endpoint in ENDPOINTS if endpoint.path == "count")
    parameters = Parameters(f"grep={quote_from_bytes(pattern.encode())}")
    try:
        job = count.prepare(Asked(parameters, {}, 1, Sources(store, list, dict, 5)))
    except Refusal as refusal:
        assert refusal.where == "grep"
    else:
        found = job(store, Budget(5))
        assert found.matched or found.reason is None or re.search("steps|deadline", found.reason)
