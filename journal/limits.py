"""Every limit on what an entry may be, each with its unit and reason. Limits of a process live with its settings."""

FIELD_NAME_MAX = 64
"""Bytes of a field name: systemd's own limit (journal_field_valid in journal-file.c)."""

FIELD_VALUE_MAX = 64 * 1024 * 1024
"""Bytes of one value: a coredump's worth of text fits; systemd allows 768 MiB, too much for memory."""

ENTRY_FIELDS_MAX = 1024
"""Fields of one entry: ENTRY_FIELD_COUNT_MAX of systemd's journal-importer.h."""

ENTRY_BYTES_MAX = 96 * 1024 * 1024
"""Bytes of all names and values of an entry together: one largest field and as much again in others."""

BATCH_ENTRIES = 2000
"""Entries at which a shipper closes a batch."""

BATCH_BYTES = 1024 * 1024
"""Bytes of values at which a shipper closes a batch; a single larger entry travels alone."""

BATCH_SECONDS = 0.25
"""Seconds after the last one at which a shipper closes a batch: what live tail may wait for company.

At 500 entries/s each batch costs the node about as much as 60 entries: of 0.1 s it takes half as much CPU again.
"""

FEW_ENTRIES = 8
FEW_SECONDS = 0.125
"""The same after a batch of so few: lines that come one by one are looked at by people, and cost little either way."""

BATCH_ENTRIES_MAX = 20_000
"""Entries that a collector takes in one batch: ten times what a shipper sends."""

BATCH_DECOMPRESSED_MAX = 128 * 1024 * 1024
"""Bytes of a batch after zstd: one entry of the largest size, with room for its envelope. Stops a zip bomb."""

BATCH_ARRAY_MAX = 5 * BATCH_ENTRIES_MAX
"""Items of one array in a batch: five times its rows, and more than twice the longest report of what was left out."""

BATCH_MAP_MAX = 256
"""Keys of one map in a batch: it has a dozen, and the status in it as many."""

BATCH_ITEMS_MAX = 4_000_000
"""Items of all arrays and maps of a batch: a hundred fields for each of twice the entries that fit.

A byte of msgpack can be an object of 64, and 128 MiB of them come out of a few kilobytes of zstd.
"""

BATCH_COMPRESSED_MAX = BATCH_DECOMPRESSED_MAX
"""Bytes of a batch on the wire: data that does not compress must pass too."""

REALTIME_MAX = 253_402_300_799_999_999
"""Microseconds: the end of the year 9999, the last day that a date can name."""

EXPORT_SKIP_MAX = 768 * 1024 * 1024
"""Bytes of a field of export text that are read past: DATA_SIZE_MAX of systemd's journal-importer.h.

A field over FIELD_VALUE_MAX costs the field; a length over this one means that the framing is lost.
"""

INTERNED_LINES = 32_768
"""Distinct lines of export text that a parser remembers: 20 for each of a thousand units, and unique ones."""

INTERNED_LINE_MAX = 512
"""Bytes of the longest line worth remembering: longer ones are messages, which do not come back."""
