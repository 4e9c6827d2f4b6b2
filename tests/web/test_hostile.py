"""Log text is written by attackers. Whatever it holds, it is shown as text, and shown honestly."""

import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.integration.programs import Collector, wait_until
from tests.web.conftest import Open, settled
from tests.web.hub import feed
from tests.web.incident import Fleet

HUGE = 5_000_000
"""Bytes of one message."""

MANY = 1_000_000 if os.environ.get("JOURNALHUB_NIGHTLY") else 100_000
"""Times that one line is said: what a collector takes a tenth of a minute for, at night ten times as much."""

SCRIPTS = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    '"><svg onload=window.hacked=3>',
    "javascript:window.hacked=4",
    "{{constructor.constructor('window.hacked=5')()}}",
    "</td></tr></table><iframe src='javascript:parent.hacked=6'></iframe>",
    "<style>body { display: none }</style><base href='https://evil.example/'>",
)


@pytest.fixture(scope="module")
def attacked(hub: Collector) -> Iterator[Collector]:
    """Hostile text in messages, and in every field that the page shows elsewhere."""
    fleet = Fleet()
    at = int(time.time() * 1e6) - 30_000_000
    entries = [fleet.line("web-1", at + n, f"attack {text}") for n, text in enumerate(SCRIPTS)]
    for n, text in enumerate(SCRIPTS):
        raw = text.encode()
        fields = [("MESSAGE", b"fields"), ("SYSLOG_IDENTIFIER", raw), ("_SYSTEMD_UNIT", raw), ("PRIORITY", raw)]
        entries.append(fleet.entry(text, at + 100 + n, *fields, ("_COMM", raw)))
    entries += [
        fleet.line("web-1", at + 200, "ansi \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J done"),
        fleet.line("web-1", at + 201, "controls a\x00b\x07c\x7fd\x85e\rf"),
        fleet.line("web-1", at + 202, "bidi user\u202e\u2066nimda\u2069\u202c end\u200b."),
        fleet.entry("web-1", at + 203, ("MESSAGE", b"bytes \xff\xc3( \xf0\x9f\x98\x80"), ("PRIORITY", b"6")),
        fleet.line("web-1", at + 204, "huge " + "x" * (HUGE - 5)),
        fleet.line("web-1", at + 205, "lines one\ntwo\nthree"),
        fleet.entry("web-1", at + 206, ("PRIORITY", b"6"), ("NOTE", b"an entry without a message")),
        fleet.line("web-1", at + 207, "proto __proto__ constructor"),
    ]
    feed(hub, entries)
    yield hub


def test_markup_is_text(attacked: Collector, open_page: Open) -> None:
    """Scripts in messages, hosts, units and identifiers appear as they were written, in list, sidebar and panel."""
    page = open_page(attacked.url)
    for text in SCRIPTS:
        expect(page.locator("tr.row .c-message").filter(has_text=f"attack {text}")).to_have_count(1)
        expect(page.locator("tr.row td.c-host").filter(has_text=text)).to_have_count(1)
    page.locator(".facet-value").filter(has_text="window.hacked").first.click()
    page.locator(".pill").first.wait_for()
    page.locator("tr.row").filter(has_text="fields").first.click()
    panel = page.get_by_role("complementary", name="Entry")
    panel.locator(".fields").first.wait_for()
    settled(page)

    assert page.evaluate("window.hacked === undefined")
    assert 0 == page.locator("iframe, main script, main img, main style").count()
    assert page.evaluate("document.baseURI").startswith(attacked.url)


def test_a_hostile_link_runs_nothing(attacked: Collector, open_page: Open) -> None:
    """The same strings in the address do nothing either."""
    page = open_page(
        f"{attacked.url}/?q=%22%3E%3Cimg+src%3Dx+onerror%3Dhacked%3D1%3E&f=%3Cb%3E%3Dx&f=__PROTO__%3D%3Cb%3E"
    )

    assert page.evaluate("window.hacked === undefined")
    assert 0 == page.locator("main img, .statusbar b").count()


def test_controls_are_visible(attacked: Collector, open_page: Open) -> None:
    """Colours become colours, other escapes, control and bidi characters marks; nothing acts."""
    page = open_page(attacked.url)

    def message(start: str) -> str | None:
        return page.locator("tr.row .c-message").filter(has_text=start).first.text_content()

    assert "ansi red ␛]0;title· ␛[2J done" == message("ansi")
    expect(page.locator(".c-message .a-fg1")).to_have_text("red")
    assert "controls a␀b␇c␡d⟨U+0085⟩e␍f" == message("controls")
    assert "bidi user⟨RLO⟩⟨LRI⟩nimda⟨PDI⟩⟨PDF⟩ end⟨ZWSP⟩." == message("bidi")
    assert "bytes \\xff\\xc3( 😀" == message("bytes \\xff")
    assert "lines one⏎two⏎three" == message("lines")


def test_the_same_line_over_and_over(fresh_hub: Collector, open_page: Open) -> None:
    """A unit that says one line without end is one line of the list, and what stands before it is seen at once."""
    page = open_page(fresh_hub.url)
    fleet = Fleet()
    now = int(time.time() * 1e6)
    feed(fresh_hub, [fleet.line("web-1", now - 7000, "the cause")], searchable=False)
    feed(fresh_hub, [fleet.line("web-1", now - 6000 + n, "again") for n in range(6000)], searchable=False)
    page.wait_for_function("() => document.querySelector('.times')?.textContent.replace(/\\D/g, '') >= 4000")
    expect(page.locator("tr.row")).to_have_count(1)
    first = fleet.line("web-1", now, "again")
    for start in range(0, MANY, 100_000):
        said = range(start, start + 100_000)
        again_and_again = (first._replace(seqnum=first.seqnum + n, realtime=now + n) for n in said)
        feed(fresh_hub, again_and_again, searchable=False)
    wait_until("all of it is found", lambda: fresh_hub.count() == 6001 + MANY)
    again = open_page(fresh_hub.url)
    expect(again.locator(".figures .matched")).to_have_text(f"{6001 + MANY:,} matches".replace(",", "\u202f"))
    # What is one line fills no screen, however much is loaded: it is not loaded for ever.
    expect(again.get_by_role("button", name="1\u202f000+ times")).to_be_visible()
    expect(again.locator("tr.row")).to_have_count(1)
    again.get_by_role("button", name="Load older entries").click()
    expect(again.get_by_role("button", name="1\u202f200+ times")).to_be_visible()


def test_a_huge_message(attacked: Collector, open_page: Open) -> None:
    """5 MB: clipped in the list, shown in part and then whole in the panel, the page goes on answering."""
    page = open_page(attacked.url)
    row = page.locator("tr.row").filter(has_text="huge")
    expect(row.locator(".clipped")).to_contain_text("5\u202f000\u202f000 bytes")
    assert len(row.text_content() or "") < 5000
    row.click()
    panel = page.get_by_role("complementary", name="Entry")
    panel.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"() => document.querySelector('.message pre').textContent.length === {HUGE}")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("u")

    expect(page.get_by_role("button", name="Times in UTC")).to_be_visible()
