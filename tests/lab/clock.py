"""A wall clock that a test sets: a library that is loaded before libc adds an offset to the time of day."""

import mmap
import struct
import subprocess
from pathlib import Path

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("LAB_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) offset = page;
    close(file);
}

static void shift(struct timespec *at) {
    if (offset == NULL) return;
    int64_t nanoseconds = at->tv_nsec + (*offset % 1000000) * 1000;
    at->tv_sec += *offset / 1000000 + nanoseconds / 1000000000;
    at->tv_nsec = nanoseconds % 1000000000;
    if (at->tv_nsec < 0) { at->tv_nsec += 1000000000; at->tv_sec -= 1; }
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, at);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(at);
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void) zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL) *at = now.tv_sec;
    return now.tv_sec;
}
"""


class LabClock:
    """The offset of the clock of the programs that are started with `environment`."""

    def __init__(self, directory: Path) -> None:
        """Compile the library into `directory`, with the compiler that the binding of libsystemd needs as well."""
        source, library, page = directory / "clock.c", directory / "clock.so", directory / "clock.offset"
        source.write_text(_SOURCE)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        page.write_bytes(bytes(8))
        with page.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(library), "LAB_CLOCK": str(page)}

    @property
    def offset(self) -> float:
        """Seconds that the clock is ahead."""
        (microseconds,) = struct.unpack("<q", self._page[:8])
        return float(microseconds) / 1e6

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._page[:8] = struct.pack("<q", round(seconds * 1e6))
