"""What the C library may keep of memory that was given back: glibc's mallopt(3)."""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Of malloc.h."""

ARENAS = 2
"""By default each of our dozen threads fills an arena of its own, and what one frees no other takes: with these three
limits a million entries of ingest peak at 300 MiB instead of 466, for 15 % more CPU (docs/performance-tried.md)."""

MMAP_BYTES = 1024 * 1024
"""From here on memory is given back to the kernel at once. Set, because glibc raises its own limit up to 32 MiB."""

TRIM_BYTES = 4 * 1024 * 1024
"""Free bytes at the end of an arena that go back to the kernel."""


def bound_memory() -> bool:
    """Set these limits; before threads are started. False where the C library has no such limits, as musl."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    limits = ((_M_ARENA_MAX, ARENAS), (_M_MMAP_THRESHOLD, MMAP_BYTES), (_M_TRIM_THRESHOLD, TRIM_BYTES))
    answers = {mallopt(name, value) for name, value in limits}  # each is set, whatever becomes of the others
    return answers == {1}
