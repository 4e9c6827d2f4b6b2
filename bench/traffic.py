"""Senders and followers, each a process of its own, so that their work is not that of whoever measures."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import aiohttp

from bench.fleet import HEADERS, Node

BATCHES = 10
"""Of a second: shippers of busy nodes send that often."""

NODES = 20


@contextlib.contextmanager
def started(what: str, url: str, *words: object) -> Iterator["subprocess.Popen[str]"]:
    """`send URL RATE SECONDS` or `follow URL FOLLOWERS`, in the background; ended afterwards."""
    command = [sys.executable, "-m", "bench.traffic", what, url, *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def result(sender: "subprocess.Popen[str]") -> dict[str, Any]:
    """What a sender says at its end: entries, bytes, seconds, longest (wait for an answer), cores (of its own).

    Raises RuntimeError when it failed.
    """
    out, _ = sender.communicate()
    if sender.returncode:
        raise RuntimeError("the sender failed")
    told: dict[str, Any] = json.loads(out)
    return told


async def send(url: str, rate: int, seconds: float) -> dict[str, Any]:
    """Entries of NODES nodes at a rate; what is late is sent as soon as it can be, until the time is over."""
    first = 1000 + int(time.time()) % 100_000_000  # other nodes in every run
    nodes = [Node(first * NODES + number) for number in range(NODES)]
    begin = time.perf_counter()
    entries = size = number = 0
    longest = 0.0
    async with aiohttp.ClientSession() as session:

        async def post(body: bytes) -> float:
            sent = time.perf_counter()
            async with session.post(url + "/api/v1/ingest", data=body, headers=HEADERS) as answer:
                await answer.read()
                answer.raise_for_status()
            return time.perf_counter() - sent

        waiting: set[asyncio.Task[float]] = set()
        while number < seconds * BATCHES and time.perf_counter() - begin < seconds:
            await asyncio.sleep(max(0.0, begin + number / BATCHES - time.perf_counter()))
            body = nodes[number % NODES].batch(rate // BATCHES)
            number, entries, size = number + 1, entries + rate // BATCHES, size + len(body)
            if len(waiting) >= NODES:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                longest = max([longest, *(one.result() for one in done)])
            waiting.add(asyncio.create_task(post(body)))
        longest = max([longest, *await asyncio.gather(*waiting)])
    took = time.perf_counter() - begin
    return {
        "entries": entries,
        "bytes": size,
        "seconds": max(took, seconds),
        "longest": longest,
        "cores": time.process_time() / took,
    }


async def follow(url: str, followers: int) -> None:
    """Live tails of everything, read and thrown away; a line is printed once all are there."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        answers = [await session.get(url + "/api/v1/tail") for _ in range(followers)]
        print("following", flush=True)

        async def drain(answer: aiohttp.ClientResponse) -> None:
            while await answer.content.readany():
                pass

        await asyncio.gather(asyncio.sleep(3600), *map(drain, answers))


if __name__ == "__main__":
    what, target, *rest = sys.argv[1:]
    if what == "send":
        print(json.dumps(asyncio.run(send(target, int(rest[0]), float(rest[1])))))
    else:
        asyncio.run(follow(target, int(rest[0])))
