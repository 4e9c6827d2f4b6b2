"""Limits of the query API, each with its unit and reason. What an entry may be is journal/limits.py."""

QUERY_THREADS = 8
"""Threads for queries: the store releases the interpreter lock in its searches, and waits for disk in others."""

QUERY_WAITING_MAX = 64
"""Queries under way or waiting for a thread; more are told to come back (503)."""

STREAM_THREADS = 4
"""Threads for pieces of tails and exports, apart from the queries' so that neither waits for the other."""

STREAMS_MAX = 1024
"""Tails and exports open at once, each with its buffers; more are told to come back (503)."""

RETRY_AFTER = 1
"""Seconds after which a refused request may come again: a query takes milliseconds."""

GONE_POLL_SECONDS = 0.05
"""How often a running query looks whether its asker is still there."""

ENTRIES_MAX = 1000
"""Entries of one page: some screens; who wants more streams an export."""

ANSWER_BYTES_MAX = 32 * 1024 * 1024
"""Bytes of entries in one page. A page of larger entries is shorter, and `more` says so."""

COMPRESS_MIN = 8 * 1024
"""Bytes below which an answer is sent as it is: compressing costs more than it saves."""

VALUES_MAX = 10_000
"""Values of one answer: what completion and a facet's search box can use."""

TERMS_ALL = 1_000_000
"""Distinct values asked of the store where all those of a selection are wanted."""

CONTEXT_MAX = 500
"""Entries on each side of a context."""

CONTEXTS_MAX = 32
"""Entries whose contexts are asked for at once: as many cursors as a URL should hold."""

BUCKETS_MAX = 1000
"""Buckets of a histogram: more than a screen has columns to tell apart."""

BUCKETS_DEFAULT = 60
"""Buckets of a histogram where neither their number nor their width is asked for."""

SERIES_MAX = 1000
"""Values that a histogram tells apart where it is asked for the most frequent."""

TAIL_PIECE = 256
"""Entries fetched at once for a follower."""

TAIL_PIECE_FIRST = 16
"""Entries fetched for a follower before it is known how large they are."""

TAIL_PIECE_BYTES = 1024 * 1024
"""Bytes of entries, about, that are fetched at once for a follower."""

TAIL_LINES_MAX = 10_000
"""Entries that a tail fills in before it follows."""

KEEP_ALIVE_SECONDS = 15.0
"""Silence after which a tail sends a comment: below the idle timeouts of proxies (60 s and more)."""

GAP_POLL_SECONDS = 1.0
"""How often the ledger is asked for new gaps while anybody follows."""

GAPS_TOLD = 100
"""Gaps that the header of an export tells: 100 of 120 bytes are far below what clients take (64 KiB and more)."""

GAPS_KEPT = 1000
"""Gaps kept for followers that are busy writing."""

EXPORT_PIECE_BYTES = 256 * 1024
"""Bytes handed to the socket at once: large enough for throughput, small enough to hold two for each export."""

EXPORT_STEP = 64
"""Entries encoded at once: enough to make the loop around them cheap."""

EXPORT_PAGE_BYTES = 4 * 1024 * 1024
"""Bytes of entries, about, that an export fetches at once."""

EXPORT_PAGE_FIRST = 200
"""Entries of an export's first page: the first line soon."""

EXPORT_PAGE_MAX = 8192
"""Entries of an export's page: a block or more of any store."""

EXPORT_SLOW_SECONDS = 0.02
"""For the search of one day: when it took longer, what it found is not held back until the next day is searched."""

EXPORT_PROGRESS_SECONDS = 0.25
"""Between two items that say how far an export has come."""

EXPORT_PIECE_SECONDS = 0.05
"""After which a piece is sent although it is small: what is found of a rare thing is shown while the search goes on."""

STEP_SECONDS = 0.05
"""For a part of a query that tells how far it has come: quicker parts are followed by ones of twice as many days."""

STEPS_FIRST_SECONDS = 0.3
"""After which such a query begins to tell: sooner nobody wonders."""

STEPS_EVERY_SECONDS = 0.25
"""Between two times that it tells."""
