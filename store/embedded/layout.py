"""Names of the files of a data directory, and every limit of the embedded store, with unit and reason."""

FORMAT_VERSION = 1
"""Of the data directory and the log of a day in it. A store refuses another one."""

DICTIONARY_VERSION = 2
"""Of a log that has a dictionary: a program that reads only the first version must not take its blocks for damaged."""

INDEX_VERSION = 2
"""Of what the index holds; with `tokens.VERSION` it names an index that can be used. Another one is built anew."""

VERSION_FILE = "FORMAT_VERSION"
LOCK_FILE = "lock"
ORD_FILE = "newest-ord"
"""The newest ord ever given, written before partitions are removed: numbers are never given twice."""
PARTITIONS = "partitions"
LOG_FILE = "log.sqlite"
INDEX_DIRECTORY = "index"
INDEX_BUILT = "index.sealed"
"""The index of a day that is being sealed, while it is made."""
INDEX_REPLACED = "index.replaced"
"""The one that it takes the place of, while it does."""
INDEX_VERSION_FILE = "journalhub-version"
"""Inside the index directory."""

WORDS_FILE = "journalhub-words"
"""Likewise: the list of the words of its entries."""

BLOCK_ENTRIES = 1024
"""Entries of a full block. Fewer compress worse, more make reading one entry slower: docs/decisions/ has the table."""

BLOCK_BYTES = 2 * 1024 * 1024
"""Bytes of values at which a block is full earlier; one larger entry is a block of its own."""

BLOCK_COLUMNS = 8192
"""Columns at which a block is full earlier: its header, of at most 64 KiB, tells of each. A host has some hundred."""

MERGE_BELOW = BLOCK_ENTRIES // 2
"""Entries: smaller blocks are merged with their neighbours in the background."""

MERGE_WAITING = 16
"""Small blocks that must stand together before a merge is worth its transaction."""

ZSTD_HOT = 3
"""zstd level at arrival."""

ZSTD_MERGED = 9
"""zstd level of merged blocks: in the background, once."""

ZSTD_SEALED = 15
"""zstd level of the blocks of a sealed day: 40 µs an entry, once. Level 19 takes three times that for 0.5 % less."""

PIECE_ENTRIES = 128
"""Messages of a piece of a sealed block: 1.8 ms for 100 of them, 256 take 4 for 0.07 bytes an entry less."""

DICTIONARY_BYTES = 112 * 1024
"""Bytes of a dictionary of messages, zstd's own default: 30 KB compressed. 16 KiB take 1.5 bytes an entry more."""

DICTIONARY_SHARE = 64
"""A dictionary has at most this part of the bytes of a day's messages: it is kept twice."""

DICTIONARY_LEAST = 8 * 1024
"""Bytes below which it is none: pieces would take more than whole columns without one."""

DICTIONARY_ENTRIES = 64 * 1024
"""Entries of a day that its dictionary is learnt from, evenly spread: three times as many gain nothing."""

DICTIONARY_SAMPLES = 8 * 1024 * 1024
"""Bytes of messages of them at most; training takes some five times that of memory."""

ZSTD_WORDS = 17
"""zstd level of the list of words of a day that is sealed or reindexed: a quarter less than at level 9 (15 gains
nothing), 1.5 µs an entry more, once."""

SEALED_CHUNK = 60_000
"""Entries of a segment while the index of a sealed day is made: the writer's arena holds them."""

GROUPED_BYTES = 32 * 1024 * 1024
"""Bytes of compressed documents that are put in order at once: those of a million entries or more."""

GROUPED_PENDING = 4 * 1024 * 1024
"""Letters of documents that wait to be compressed together."""

SEAL_POLL_SECONDS = 60.0
"""How often it is looked for days to seal."""

SEAL_QUIET_SECONDS = 3600.0
"""How long nothing may have come for a day until it is sealed: nodes that were away catch up first."""

SEAL_SHARE = 10
"""A tenth of a day's entries that is not sealed is worth sealing the day again."""

FRAME_OF_ITS_OWN = 4096
"""Bytes from which a text column gets its own zstd frame, so that it is read alone; smaller ones share a frame."""

PARTLY_FROM = 8 * 1024
"""Bytes of a packed frame from which the first text wanted of it is read without the rest of the frame."""

SHAPES_KEPT = 4096
"""Sequences of field names whose columns are remembered: a fleet has some hundred."""

RANKS_FROM = 8
"""Entries of a block that are read one by one, where they stand (60 µs each); from then on the numbers and places of
all are worked out at once (2 ms)."""

TOGETHER_FROM = 32
"""Entries wanted at once from which they are looked up block by block instead of one after the other."""

TOGETHER_MOST = 1024
"""Entries found of which the rest is not looked up until they are fetched: their values take memory."""

WHOLE_FROM = 64
"""Once a 64th of a block's entries was asked for, all its columns are read: that takes as long as five one by one."""

HELD_FROM = 16
"""From a sixteenth of a block's entries on, a page holds on to all its columns instead of making hits of those."""

MERGE_BYTES = 64 * 1024
"""Bytes: larger blocks are not merged, however few entries they have; they compress well enough alone."""

WAL_BYTES = 8 * 1024 * 1024
"""Bytes that SQLite's write-ahead log keeps on disk between checkpoints (one is made at 4 MiB)."""

SQLITE_CACHE_BYTES = 512 * 1024
"""Bytes of pages that each connection to a log keeps, two of them for each open partition: SQLite's own 2 MiB would be
20 MiB more for ten days, and save nothing: blocks have a cache of their own."""

FREE_BYTES = 64 * 1024 * 1024
"""Bytes of free disk below which an index that cannot be written is taken for a victim of that, not for damaged,
and blocks are not merged."""

CACHE_BYTES = 64 * 1024 * 1024
"""Bytes of decoded blocks that are kept."""

OPEN_PARTITIONS = 32
"""Partitions whose log and index are held open (some 30 file descriptors and 1 MiB each); the least used is closed."""

WRITER_HEAP = 48 * 1024 * 1024
"""Bytes of tantivy's indexing arena: at this size it makes a segment before the commit."""

OPEN_WRITERS = 2
"""Index writers held open: today's, and yesterday's around midnight or while a node catches up."""

REFRESH_SECONDS = 0.5
"""How often what has arrived is made searchable: with the time that takes, found within a second."""

LAG_SECONDS = 0.85
"""How old an entry may be when it is found; while many arrive the indexer takes all of it, for fewer commits."""

ADD_SECONDS = 0.05
"""While many arrive: how often they are added to the index between two commits. The ring keeps those of a third of a
second at the highest rates."""

MANY_ENTRIES = 2000
"""Entries between two commits from which they are many."""

RING_ENTRIES = 30_000
"""Newest entries kept in memory for live tails and the indexer: what comes between two commits of a busy hub."""

RING_BYTES = 32 * 1024 * 1024
"""Bytes of their values."""

TERM_BYTES = 256
"""Bytes up to which a value is an exact term; longer ones, and those that are not UTF-8, are terms by their hash."""

MESSAGE_INDEXED = 256 * 1024
"""Bytes of a MESSAGE up to which its words are indexed; longer ones are candidates of every query on words."""

ENUMERATED = 20_000
"""Distinct values of a field that a query may look at one by one instead of at entries."""

APART_MOST = 8
"""Terms that are looked for each by itself: a set of terms takes 15 µs for each segment before its first entry."""

SAMPLED = 32
"""Terms whose entries are summed (2 µs each) to guess how many entries have one of more: counting them takes ms."""

END_MIN = 2
"""Letters of a piece of a word for which the words of the index are looked through: one letter is in most of them."""

END_MAX = 64
"""Letters of it that are looked for: tantivy takes regular expressions of at most 1,000 states."""

END_HITS = 100
"""Entries with such words, beyond which looking at entries one after the other finds a page of them sooner."""

WORDS_FROM = 150_000
"""Entries of a partition from which a list of its words pays: tantivy looks through those of fewer in some 40 ms."""

WORDS_BLOCKS = 64
"""Blocks whose words are in one piece of the list: words that stand in several pieces are kept as often."""

WORDS_BLOCKS_PACKED = 1024
"""The same in the list of a day that is sealed or reindexed: 4.7 instead of 6.8 bytes an entry."""

WORDS_HELD = 1_000_000
"""Distinct words at which a piece is full earlier: they take some 100 MB while it is made."""

WORDS_LAG = 8
"""Blocks that a list may lack before it is completed: their entries are looked at one by one, some 10 ms."""

WORDS_BYTES = 32 * 1024 * 1024
"""Bytes of word lists, compressed: those of six million entries or so."""

WORDS_REMEMBERED = 16
"""Pieces of words of which it is remembered for a list which words have them (20 ms each): the figures of a search
are asked for together with its page."""

WORDS_MOST = 2000
"""Words with a piece inside, beyond which looking at entries finds a page of them sooner."""

FEW_HITS = 2000
"""Entries so few that looking at them costs less than looking through the words of the index."""

TIMES_BYTES = 16 * 1024 * 1024
"""Bytes of times of blocks, four or eight an entry: those of two to four million in blocks that edges cut through."""

TIMES_AT_ONCE = 4
"""Blocks whose times a histogram reads itself (0.3 ms each); more of them are read in the background, for the next."""

TAIL_SCAN = 5000
"""Entries that one call of `tail` looks at."""

FOREIGN = ("access", "alerts.sqlite", "alerts.sqlite-wal", "alerts.sqlite-shm")
"""What other rooms keep in the same directory, perhaps before the store is made; none of the store's business."""
