"""The API against its own OpenAPI document, asked by a program that tries what it allows and what not."""

import subprocess
import sys
from pathlib import Path

from tests.access.hub import SecuredCollector
from tests.integration.programs import ENVIRONMENT
from tests.query.fleet import make_entries

from journalhub.access.roles import Role

EXAMPLES = "10"
"""Requests of each path: seconds in all."""


def test_the_api_is_as_its_document_says(tmp_path: Path) -> None:
    """No 5xx whatever is asked; status, type and form of answers are as documented. A tail never ends: left out."""
    with SecuredCollector(tmp_path, tls=False) as hub:
        hub.fill(make_entries(300))
        checks = ("not_a_server_error", "status_code_conformance", "content_type_conformance")
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{hub.url}/api/v1/openapi.json"),
            *("--url", hub.url, "--header", f"Authorization: Bearer {hub.token(Role.ADMIN)}"),
            *("--checks", ",".join((*checks, "response_schema_conformance"))),
            *("--phases", "fuzzing", "--max-examples", EXAMPLES, "--generation-deterministic"),
            *("--exclude-path", "/api/v1/tail", "--request-timeout", "240", "--suppress-health-check", "all"),
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=ENVIRONMENT)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
