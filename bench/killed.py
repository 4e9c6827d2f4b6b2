"""What is left of acknowledged entries when the collector is killed right after the last acknowledgement."""

import json
import os
import signal
import tempfile
import time
import urllib.request
from pathlib import Path

from bench import corpus, ingest, kept
from bench.process import started

CATCH_UP_SECONDS = 120.0
"""What was acknowledged and not yet indexed is, after the start; not longer than this."""


def left(entries: int, hosts: int) -> int:
    """Of so many entries, how many a collector finds that is started again after SIGKILL."""
    with tempfile.TemporaryDirectory(prefix="journalhub-bench-") as name:
        directory = Path(name)
        with started(directory) as store:
            ingest.post(store, kept.native(entries, hosts), 2)
            os.kill(store.pid, signal.SIGKILL)
        with started(directory) as store:
            return _found(store.url)


def _found(url: str) -> int:
    """Once the index has caught up with the log, which the answer tells."""
    begin, end = corpus.START // 1_000_000, (corpus.START + corpus.DAY) // 1_000_000
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while True:
        with urllib.request.urlopen(f"{url}/api/v1/count?since=@{begin}&until=@{end}", timeout=120) as answer:
            told = json.load(answer)
        if not told["partial"] or time.monotonic() > deadline:
            return int(told["matched"])
        time.sleep(0.1)
