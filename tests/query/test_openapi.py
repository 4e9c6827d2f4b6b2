"""The OpenAPI document, docs/api.md and the routes say the same."""

import re
from pathlib import Path
from typing import Any

from aiohttp import web
from tests.query.fleet import fill, make_entries
from tests.query.serving import Client, Pair, with_server

from journalhub.query.api import add_routes
from journalhub.query.api.endpoints import ENDPOINTS, EXPORT, TAIL
from journalhub.query.api.openapi import document
from journalhub.query.api.parameters import SELECTING
from journalhub.store.contract import Store
from journalhub.store.memory import MemoryStore

API_PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"

ELSEWHERE = {"/api/v1/resume", "/api/v1/whoami", "/api/v1/audit", "/api/v1/alerts", "/api/v1/authority"}
"""Paths of the document that the collector serves."""


POSTED = {"/api/v1/ingest", "/api/v1/enroll", "/api/v1/renew"}
"""Paths that are sent to, not asked."""


def documented() -> dict[str, str]:
    """Of docs/api.md: the row of each GET path."""
    rows = re.findall(r"^\| `(/api/v1/[^`]+)` \|(.*)$", API_PAGE.read_text(), re.MULTILINE)
    return {path: row for path, row in rows if path not in POSTED}


def test_every_route_is_documented() -> None:
    """The routes, the document and the page have the same paths."""
    app = web.Application()
    add_routes(app, store=MemoryStore(), nodes=list, status=dict, deadline=1)
    routes = {resource.canonical for resource in app.router.resources()}

    assert routes | ELSEWHERE == set(document()["paths"]) == set(documented())


def test_every_parameter_is_documented() -> None:
    """The page names every parameter of every path, and the selection in its table."""
    page = API_PAGE.read_text()
    rows = documented()

    for parameter in SELECTING:
        assert re.search(rf"^\|[^|]*`{parameter.name}`[^|]*\|", page, re.MULTILINE), parameter.name
    for endpoint in (*ENDPOINTS, TAIL, EXPORT):
        for parameter in endpoint.own:
            assert re.search(rf"`{parameter.name}\b", rows[f"/api/v1/{endpoint.path}"]), (endpoint.path, parameter.name)


def test_every_documented_parameter_exists() -> None:
    """What the page names as a parameter of a path is one."""
    for endpoint in (*ENDPOINTS, TAIL, EXPORT):
        cell = documented()[f"/api/v1/{endpoint.path}"].split(" | ")[0]
        named = {re.split(r"[=\\ ]", word)[0] for word in re.findall(r"`([a-z_]+[^`]*)`", cell)}
        own = {parameter.name for parameter in endpoint.own}
        assert named <= own, (endpoint.path, named - own)


def test_parameters_have_one_name_each() -> None:
    """No path takes two parameters of one name."""
    for endpoint in (*ENDPOINTS, TAIL, EXPORT):
        names = [parameter.name for parameter in endpoint.parameters]
        assert sorted(set(names)) == sorted(names), endpoint.path


def check(schema: dict[str, Any], value: Any, schemas: dict[str, Any], where: str) -> None:
    """Assert that `value` is as `schema` says: the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "oneOf" in schema:
        fitting = [one for one in schema["oneOf"] if fits(one, value, schemas)]
        assert fitting, (where, value)
        return
    types: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
        "null": type(None),
    }  # fmt: skip
    assert isinstance(value, types[schema["type"]]), (where, value)
    assert schema["type"] == "boolean" or not isinstance(value, bool), (where, value)
    assert "enum" not in schema or value in schema["enum"], (where, value)
    if schema["type"] == "array":
        for number, item in enumerate(value):
            check(schema["items"], item, schemas, f"{where}[{number}]")
    if schema["type"] == "object":
        properties = schema.get("properties", {})
        assert set(schema.get("required", ())) <= set(value), (where, value.keys())
        for name, item in value.items():
            if name in properties:
                check(properties[name], item, schemas, f"{where}.{name}")
            elif "additionalProperties" in schema:
                check(schema["additionalProperties"], item, schemas, f"{where}.{name}")
            else:
                assert not properties, f"{where}.{name} is not in the document"


def fits(schema: dict[str, Any], value: Any, schemas: dict[str, Any]) -> bool:
    """Whether `check` passes."""
    try:
        check(schema, value, schemas, "")
    except AssertionError:
        return False
    return True


def test_answers_are_as_documented(store: Store) -> None:
    """Every answer has the keys and types that the served document gives it, and no other."""
    entries = make_entries(300)
    fill(store, entries)

    async def use(client: Client) -> None:
        _, served = await client.try_to("openapi.json")
        assert document() == served
        schemas = served["components"]["schemas"]
        arguments: dict[str, list[Pair]] = {
            "context": [("cursor", str(entries[5].cursor))],
            "contexts": [("cursor", str(entries[5].cursor)), ("cursor", str(entries[9]._replace(seqnum=10**6).cursor))],
            "parse": [("q", "disk")],
            "invocations": [("unit", "ssh")],
            "histogram": [("by", "TAG"), ("q", "disk")],
            "entries": [("clip", 5), ("q", "disk OR full"), ("limit", 50)],
        }
        for endpoint in ENDPOINTS:
            answer = await client.ask(
                endpoint.path.replace("{field}", "SYSLOG_IDENTIFIER"), *arguments.get(endpoint.path, [])
            )
            schema = served["paths"][f"/api/v1/{endpoint.path}"]["get"]["responses"]["200"]["content"]
            check(schema["application/json"]["schema"], answer, schemas, endpoint.path)
        _, refused = await client.try_to("count", ("grep", "("))
        check(schemas["Error"], refused, schemas, "error")

    with_server(store, use)
