"""Every limit of the collector that is no setting, each with its unit and reason."""

GROUP_BYTES = 16 * 1024 * 1024
"""Bytes of waiting batches that go into one commit: what shares an fsync, and what a failure sends back."""

GROUP_BATCHES = 256
"""Batches of one commit: as many futures are woken at once."""

DECODE_THREADS = 2
"""Threads that decode: more than one, so that a large batch does not hold up small ones; the GIL makes more useless."""

DECODED_FACTOR = 4
"""Bytes of memory per byte of a decompressed batch, at the worst: an array of small things becomes pointers."""

ROW_BYTES = 400
"""Bytes of memory of a row beside its values: integers, tuples, headers of bytes objects."""

ROOM_SECONDS = 20.0
"""Waiting for memory before 503: below the 30 s without progress after which a shipper gives a connection up."""

BODY_SECONDS = 30.0
"""For the body of a batch to arrive, and …"""

BODY_BYTES_PER_SECOND = 16 * 1024
"""… one second more for so many bytes: the slowest link that is served; slower is slow loris."""

FLUSH_SECONDS = 0.1
"""Without a byte of an upload that is not at its end: what is complete is stored meanwhile."""

UPLOAD_WINDOW = 2
"""Batches of one upload on their way to the disk: one is collected while the other is committed."""

UPLOAD_BATCH_ENTRIES = 2000
"""Entries of export text that are stored together, as many as a shipper sends."""

UPLOAD_BATCH_BYTES = 1024 * 1024
"""Bytes of values at which they are stored earlier."""

FEED_BYTES = 64 * 1024
"""Bytes of text given to the parser at once: at most some thousand entries come out."""

INFLATE_SLICE = 1024
"""Bytes decompressed at once. A byte of zstd makes at most 32 KiB (a run of 128 KiB in 4 bytes): 32 MiB a slice.
xz makes 7 KiB of a byte, lz4 255 bytes, and a blob of UPLOAD_WINDOW_BYTES comes at once."""

UPLOAD_WINDOW_BYTES = 8 * 1024 * 1024
"""Window of an upload's compression, held in memory: RFC 8878 asks zstd's decoders for this; systemd needs 64 KiB."""

XZ_BYTES = UPLOAD_WINDOW_BYTES + 1024 * 1024
"""Memory of an xz decoder, which is its dictionary and something beside; systemd's has 1 MiB."""

LARGE_ENTRY = 2 * 1024 * 1024
"""Bytes of an unfinished entry from which an upload needs one of …"""

LARGE_ENTRIES = 2
"""… so many places for large entries; at 96 MiB each they bound what half-read entries hold."""

OTLP_BODY_MAX = 20 * 1024 * 1024
"""Bytes of a request with logs of OpenTelemetry, compressed and not: what its specification recommends."""

OTLP_RECORDS_MAX = 100_000
"""Log records of one request: collectors send 8,192. A record can be two bytes, which become an entry."""

OTLP_PIECE = 256 * 1024
"""Bytes of memory taken at once while a body comes whose length is not known."""

OTLP_FACTOR = 16
"""Bytes of memory per byte of protobuf, at the worst: what is remembered of a record to tell it from its equals."""

JSON_VALUE_BYTES = 100
"""Bytes of memory of a value in a body of JSON: an object of Python and its place in another."""

RETRY_BUSY = 1
"""Retry-After in seconds when memory or connections are used up: it passes quickly."""

RETRY_FULL = 5
"""Retry-After in seconds when the disk is full or broken."""

PROBE_SECONDS = 2.0
"""Between two looks whether a full disk has space again."""

PROBE_BYTES = 4 * 1024 * 1024
"""Bytes that must fit for it to count as having space: a commit and its index."""

LEDGER_SECONDS = 5.0
"""Between two writes of the ledger. A crash loses counts of this time; losses are written before they are answered."""

GAP_SCAN_SECONDS = 10.0
"""Between two looks for seqnums that never came."""

GAP_SETTLED_SECONDS = 60.0
"""A hole that is so old counts as a gap: batches in flight and their retries have come by then."""

GAPS_MAX = 200
"""Gaps kept per node, the newest; older ones are counted only."""

REPORTS_MAX = 200
"""Reports of dropped entries kept per node, the newest."""

REPORT_SEQNUMS_MAX = 1_000_000
"""Seqnums that one report of dropped entries may speak of: a shipper sends one for 20,000 at most."""

TEXT_MAX = 256
"""Characters of a text that a sender chose and the ledger keeps: host names are shorter."""

REASONS_MAX = 20
"""Distinct reasons of refusals kept per node; further ones are counted as `other`."""

QUARANTINED_MAX = 50
"""Names of quarantined files kept per node."""

SHAPES_MAX = 20_000
"""Distinct sets of field names that a machine may bring in a day. A busy host has a few hundred; what makes up names
without end would fill the memory of the hub, at some 300 bytes each."""

USERS_MAX = 1000
"""Names of users kept per node."""

SHAPE_NAMES_MAX = 200_000
"""Names in those sets together: 10 each. An entry may have a thousand: its set takes 60 KB, not 300 bytes."""

PENDING_MAX = 100
"""Stretches that a shipper is still to send, kept per node: it reads 8 of each of its sources at most."""

RISK_SHARE = 0.25
"""Of what a node's journal keeps: what is not shipped and in its oldest quarter is soon deleted by journald."""

STREAMS_MAX = 4
"""Sequences per node that are watched for holes at once, the newest: journald starts one when its files are deleted."""

RETENTION_SECONDS = 60.0
"""Between two looks at what retention has to remove."""

STATUS_SECONDS = 5.0
"""Between two status lines for the service manager."""

SHUTDOWN_SECONDS = 10.0
"""For requests in flight to end; batches that were taken are committed after that whatever it takes."""

LINGER_SECONDS = 2.0
"""An answer given before the body was read: the connection stays so long, so that the sender can read the answer."""

LOG_SECONDS = 60.0
"""The same complaint is logged once in this time: the collector's own journal is shipped too."""

BACKLOG = 1024
"""Connections that wait to be accepted."""

HEADER_BYTES = 16 * 1024
"""Bytes of one header line, query strings included: a long search with many matches fits."""

HEADER_SECONDS = 30.0
"""For a stranger's next request to send its headers: slow loris."""

KEEPALIVE_IDLE = 60
"""Seconds of silence after which TCP asks whether the other end is there; as long without an answer, and it is gone."""

GC_THRESHOLDS = (20_000, 20, 20)
"""Of Python's cycle collector: objects made until the young are looked at, and looks until those before them are."""
