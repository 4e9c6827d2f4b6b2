"""What a thread makes in the background, one job after the other, for whoever asked and does not wait."""

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Job = TypeVar("Job")


class Background(Generic[Key, Job]):
    """Jobs by key, done in the order in which they were asked for. The thread begins with the first.

    `lock` guards what belongs to the owner as well: methods that say so are called with it held.
    """

    def __init__(self, name: str, work: Callable[[Key, Job], Callable[[], None]]) -> None:
        """`work` does a job, without the lock; what it gives is called with it, unless the job was given up."""
        self.lock = threading.Lock()
        self._name = name
        self._work = work
        self._asked: dict[Key, Job] = {}
        self._changed = threading.Condition(self.lock)
        self._closed = False
        self._thread: threading.Thread | None = None

    def ask(self, jobs: Mapping[Key, Job]) -> None:
        """Do these soon; the newest job of a key counts. With the lock."""
        if self._closed:
            return
        self._asked |= jobs
        self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()

    def wants(self, key: Key) -> bool:
        """Whether a job is to be done, or under way and not given up. With the lock or, for a hint, without."""
        return key in self._asked

    def give_up(self, which: Callable[[Key], bool]) -> None:
        """Forget jobs; of one that is under way, what it makes. With the lock."""
        for key in [key for key in self._asked if which(key)]:
            del self._asked[key]
        self._changed.notify_all()

    def wait(self) -> None:
        """Return when all that was asked for is done."""
        with self._changed:
            self._changed.wait_for(lambda: not self._asked or self._closed)

    def close(self) -> None:
        """Give everything up, and end the thread."""
        with self._changed:
            self._closed = True
            self._asked.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._closed)
                if self._closed:
                    return
                key, job = next(iter(self._asked.items()))
            take = self._work(key, job)
            with self._changed:
                if self._asked.pop(key, None) is not None:
                    take()
                self._changed.notify_all()
