"""jhctl -f while everything that feeds it goes down and comes again: nothing is lost, nothing shown twice."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.jhctl.collector import JOURNALHUB, Collector
from tests.jhctl.hub import TIMEOUT, environment
from tests.jhctl.test_follow import Following, following
from tests.lab.journald import JournaldHost


@contextmanager
def shipping(url: str, host: JournaldHost, state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A shipper of the host's journal, which is killed at the end of the block, at whatever it is."""
    options = [f"--collector={url}", f"--directory={host.log_directory}", f"--state-dir={state}"]
    with subprocess.Popen(
        [*JOURNALHUB, "shipper", *options], env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait(TIMEOUT)


class Story:
    """Numbered messages: written on the host, and read as jhctl shows them."""

    def __init__(self, host: JournaldHost, follow: Following) -> None:
        self._host = host
        self._follow = follow
        self.written = 0
        self.shown: list[int] = []

    def write(self, number: int) -> None:
        """Log some more."""
        lines = "".join(f"<6>message {self.written + one}\n" for one in range(number))
        self._host.run(["logger", "-t", "story", "--prio-prefix"], lines)
        self._host.sync()
        self.written += number

    def read(self) -> None:
        """Wait until everything written so far is shown, as it comes."""
        while len(self.shown) < self.written:
            entry = json.loads(self._follow.line())
            self.shown.append(int(entry["MESSAGE"].removeprefix("message ")))


def test_nothing_is_lost_or_repeated_through_restarts(
    journald_host: Callable[..., JournaldHost], tmp_path: Path
) -> None:
    """The collector is killed, the shipper is killed, the node restarts, all of them at once: every message, once."""
    host = journald_host("web-1.example")
    data, state = tmp_path / "collector", tmp_path / "shipper"
    collector = Collector(data)
    with collector:
        url = collector.url
        words = ("-o", "json", "-t", "story", "-n", "0", "--output-fields=MESSAGE")
        with following(url, *words) as follow:
            story = Story(host, follow)
            with shipping(url, host, state):
                story.write(20)
                story.read()
                story.write(20)
                collector.kill()
                story.write(20)
                collector.again()
                story.write(20)
                story.read()
                story.write(20)
            story.write(20)
            with shipping(url, host, state):
                story.read()
                story.write(20)
                host.reboot()
                story.write(20)
                story.read()
                story.write(20)
                collector.kill()
            host.kill()
            host.up()
            story.write(20)
            host.reboot()
            story.write(20)
            collector.again()
            with shipping(url, host, state):
                story.read()
                story.write(1)
                story.read()
            # What piled up comes beside what is new, so the order is not that of writing.
            assert list(range(story.written)) == sorted(story.shown)
            assert follow.process.poll() is None
