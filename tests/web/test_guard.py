"""The guard of the other tests: whatever the browser says against a page is heard, and fails the test that let it."""

import time

import pytest
from tests.integration.programs import Collector
from tests.web.conftest import Complaints, Open

WRONGS = {
    "warning": ("console.warn('half broken')", "console warning: half broken"),
    "log": ("console.log('left behind')", "console log: left behind"),
    "exception": ("setTimeout(() => { throw new Error('nobody catches') })", "nobody catches"),
    "rejection": ("void Promise.reject(new Error('nobody waits'))", "nobody waits"),
    "markup": ("document.body.innerHTML = '<b>x</b>'", "require-trusted-types-for"),
    "style": ("document.body.setAttribute('style', 'color: red')", "style-src"),
    "picture": ("document.body.append(Object.assign(new Image(), {src: 'https://evil.example/x'}))", "img-src"),
    "request": ("fetch('https://evil.example/').catch(() => 0)", "connect-src"),
    "frame": ("document.body.append(Object.assign(document.createElement('iframe'), {src: '/'}))", "frame-src"),
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_goes_wrong_is_heard(hub: Collector, open_page: Open, complaints: Complaints, wrong: str) -> None:
    """Messages, exceptions that nobody catches, and what the policy forbids: each alone would fail a test."""
    act, says = WRONGS[wrong]
    page = open_page(hub.url)
    assert [] == complaints.unexpected()
    page.evaluate(f"() => {{ try {{ {act} }} catch {{}} }}")
    deadline = time.monotonic() + 60
    while not any(says in text for text in complaints.unexpected()):
        assert time.monotonic() < deadline, complaints.heard
        page.wait_for_timeout(20)
    complaints.expect("")  # all of it: else this test would fail when its page is closed
