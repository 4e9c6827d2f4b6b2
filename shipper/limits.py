"""Every number the shipper obeys, each with its unit and reason. Sizes of batches are in journalhub.journal.limits."""

WINDOW = 4
"""Batches sent and not yet acknowledged: enough that the collector commits several at once, few enough for memory."""

POLL_SECONDS = 0.025
"""Between looks at the journal. journald tells of new entries only every 250 ms, so waiting for it alone is slow."""

PROCESS_EVERY = 1024
"""Entries read between two looks for rotated and deleted files, as journalctl does: a deleted file is let go of."""

MAPPED_BYTES = 8 * 1024 * 1024
"""Pages of journal files that the reader keeps in its memory beside the page cache; some 20,000 entries."""

RESCAN_SECONDS = 5.0
"""Between looks for new namespaces and new files that libsystemd does not watch for us."""

FAR_BEHIND_ENTRIES = 20_000
"""To be read before the newest entry: where it is more, about a second, the newest are read side by side with them."""

PARTS_MAX = 8
"""Parts in which a source is read side by side: the collector was away, and again before all was made up for."""

BLOCKED_SECONDS = 10.0
"""After waiting this long for the collector the reader closes its files, so that vacuuming them frees their space."""

PIPE_BYTES = 1024 * 1024
"""Asked for the pipe between reader and parent: the most that an unprivileged process gets. One batch fits."""

FRAME_MAX = 256 * 1024 * 1024
"""Bytes of one frame on that pipe: one entry of the largest size, with room to spare."""

CONNECT_SECONDS = 10.0
"""For the connection to the collector to stand, TLS included."""

STALL_SECONDS = 30.0
"""Without one byte taken by, or acknowledged from, the other end: it is gone, however open the connection looks."""

ANSWER_SECONDS = 60.0
"""From the last byte of a request to its answer: a collector that commits to a slow disk deserves patience."""

RESPONSE_HEAD_MAX = 64 * 1024
"""Bytes of an answer's status line and headers."""

RESPONSE_BODY_MAX = 16 * 1024 * 1024
"""Bytes of an answer: a refusal of each of 2,000 entries, with its cursor and reason, is under 1 MiB."""

BACKOFF_FIRST = 0.5
"""Seconds before the first retry. Doubles each time."""

BACKOFF_MAX = 30.0
"""Seconds: the longest pause between retries, so that a collector that is back is noticed soon."""

BACKOFF_DENIED = 60.0
"""Seconds between retries of 401 and 403: an administrator must act."""

RETRY_AFTER_MAX = 300.0
"""Seconds: the longest Retry-After that is obeyed."""

RELOAD_SECONDS = 5.0
"""Between two looks whether the certificate or token on disk is another: a few stats."""

HEARTBEAT_SECONDS = 10.0
"""Without anything sent, a batch without entries tells that the node lives."""

SETTLE_SECONDS = 1.0
"""After the last batch of a burst: a status of its own tells that the node has caught up."""

STATUS_SECONDS = 1.0
"""Between two statuses within batches: it changes slowly and costs 150 bytes."""

HORIZON_SECONDS = 30.0
"""Between two looks at how long the journal keeps what is not shipped: it opens every journal file."""

USERS_MAX = 1000
"""Names of users that the status carries: some tens on a usual machine; 20 KB at most."""

CAUGHT_UP_SECONDS = 60.0
"""A node that is less behind than this has nothing to lose by journald's deleting old files."""

RISK_SHARE = 0.25
"""Of what the journal keeps: unshipped entries in its oldest quarter are in danger. Leaves hours on a usual node."""

RISK_PATIENCE_SECONDS = 300.0
"""From the start: a first run reads the oldest part of a journal soon, as long as the collector takes it."""

RISK_LOG_SECONDS = 3600.0
"""Between two lines of our own log about that danger."""

NEARLY_FULL = 0.8
"""Of the space that journald may take: beyond, deleting is a matter of a file or two."""

CHECKPOINT_SECONDS = 1.0
"""Between two writes of the state file: an fsync each. What a crash makes us send again is at most this old."""

STOP_SECONDS = 5.0
"""Waited for the last acknowledgements on SIGTERM; systemd gives 90."""

CRASHES = 3
"""Deaths of the reader at one place before the file is looked for that causes them."""

CRASH_PAUSE_MAX = 30.0
"""Seconds: the longest pause before a reader that keeps dying is started again."""

PROBE_SECONDS = 120.0
"""For reading one journal file through, when a file that kills the reader is looked for."""

STREAMS_MAX = 1000
"""Seqnum ids remembered per source: a directory of journals of that many hosts."""

SHAPES_MAX = 4096
"""Distinct sequences of field names that the reader remembers a plan for; beyond, it starts again."""

CHECKED_BYTES_MAX = 64 * 1024
"""Of an entry whose hash is computed, to find out whether a field of it is missing: a hundredth of a second."""

MISORDERED_MAX = 64
"""Seqnums by which entries of one counter may come out of order from two files; more means two counters."""

RECENT_MAX = 50_000
"""Entries of /run/log/journal remembered until journald copies them to the disk: a boot has a few thousand by then."""

RECHECK_ENTRIES = 200_000
"""Entries read again to find those that a jump in the seqnums passed over, about a second of work."""

LOG_SECONDS = 60.0
"""Between two lines of our own log about the same trouble: they land in the journal that we ship."""

RATE_UNITS_MAX = 10_000
"""Spans of units counted by a rate limit at once; the one that was quiet for longest is forgotten."""

REDACT_STEPS = 200_000
"""Steps of PCRE2's matcher on one value: some milliseconds. Where they do not do, the whole value is blackened."""

REPORTED_MAX = 20_000
"""Entries left out that one batch reports, where nothing else fills it: their seqnums take 40 KB at most."""

REPORTS_MAX = 100
"""Reports of one batch; a collector reads 200 of one status."""
