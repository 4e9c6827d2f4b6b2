"""How fast a collector takes entries, and what they cost: by native batches and by export text."""

import http.client
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bench.kept import Bodies
from bench.process import Collector, calibrate


@dataclass(frozen=True, slots=True)
class Load:
    """What loading a corpus took."""

    entries_per_second: float
    cpu_us_per_entry: float
    """Of the collector, until it is idle again: index merges belong to the bill."""
    peak_rss_bytes: int
    wire_bytes_per_entry: float
    disk_bytes_per_entry: float
    calibration_ms: float


def load(collector: Collector, bodies: Bodies, connections: int) -> Load:
    """Post all bodies over `connections` connections and wait until the collector is idle."""
    calibration = calibrate()
    cpu = collector.cpu_seconds()
    seconds = post(collector, bodies, connections)
    collector.wait_idle()
    return Load(
        entries_per_second=bodies.entries / seconds,
        cpu_us_per_entry=(collector.cpu_seconds() - cpu) * 1e6 / bodies.entries,
        peak_rss_bytes=collector.memory("VmHWM"),
        wire_bytes_per_entry=bodies.size / bodies.entries,
        disk_bytes_per_entry=collector.disk_bytes() / bodies.entries,
        calibration_ms=calibration,
    )


def post(collector: Collector, bodies: Bodies, connections: int) -> float:
    """Post all bodies; seconds until the last is acknowledged."""
    begin = time.perf_counter()
    queue = _Shared(bodies)
    _in_parallel(connections, lambda: _post_all(collector.url, bodies, queue))
    return time.perf_counter() - begin


def _in_parallel(connections: int, work: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _post_all(url: str, bodies: Bodies, queue: "_Shared") -> None:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=120)
    for body in queue:
        while True:
            connection.request("POST", bodies.path, body, bodies.headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status not in (429, 503):
                break
            time.sleep(float(answer.headers.get("Retry-After", "0.1")))
        if answer.status >= 300:
            raise RuntimeError(f"{bodies.path} answered {answer.status}: {text[:300]!r}")
    connection.close()


class _Shared:
    """An iterator that several threads may take from."""

    def __init__(self, items: Iterable[bytes]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._lock:
            return next(self._items)
