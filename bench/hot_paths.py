"""The hot paths on a fixed input, one after the other in one process, for `bench.instructions`, which counts.

Between them MARK is called: a function of the C library that nothing else calls, by which valgrind knows where a path
begins and ends. Each runs twice; the first run fills caches and is not counted.
"""

import gc
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import corpus
from journalhub.journal import compiled, wire
from journalhub.journal.batch import Batch, BatchBuilder, from_entries
from journalhub.journal.export import encode
from journalhub.journal.exportreader import ExportReader
from journalhub.query.output.options import OutputOptions
from journalhub.query.printed.exporttext import ExportText
from journalhub.query.printed.printer import Printer
from journalhub.store import ast
from journalhub.store.bulk import ROW_BITS, Found
from journalhub.store.embedded import documents
from journalhub.store.embedded.appending import Addition
from journalhub.store.embedded.block import Block
from journalhub.store.embedded.encoding import encode as encode_block
from journalhub.store.embedded.origins import OriginTable, ShapeTable
from journalhub.store.embedded.rows import MemoryRows, Row
from journalhub.store.embedded.scan import Filter
from journalhub.store.embedded.state import BootKey, BootState, StreamKey, StreamState, Totals
from journalhub.store.embedded.words import words_of
from journalhub.store.evaluate import Compiled
from journalhub.store.tokens import tokens_of

MARK = "sched_get_priority_max"

EXPORT_PIECE_BYTES = 256 * 1024

ENTRIES = 500
"""Enough that what is done once for a call is little of it; valgrind is some fifty times slower than the machine."""


class Target:
    """What of a partition an addition looks at."""

    def __init__(self) -> None:
        self.streams: dict[StreamKey, StreamState] = {}
        self.boots: dict[BootKey, BootState] = {}
        self.shapes = ShapeTable()
        self.totals = Totals()
        self.origins = OriginTable()


def rows_of(batch: Batch) -> tuple[MemoryRows, Target]:
    """The batch as rows of a partition."""
    target = Target()
    addition = Addition(target)
    addition.take(batch, range(len(batch)), range(1, len(batch) + 1))
    addition.finish()
    return addition.rows, target


def paths() -> dict[str, Callable[[], object]]:
    """Each path by its name; the first is the measure of the others."""
    items = list(corpus.entries(ENTRIES, 3))
    batch = from_entries(items)
    packed = wire.encode(batch)
    text = b"".join(map(encode, items))
    rows, target = rows_of(batch)
    body = encode_block(rows, 3)
    shapes = target.shapes.shapes
    row_of_parts = members().row_of_parts
    search = Filter(ast.Contains("MESSAGE", b"onnection", True), Compiled(ast.All()), lambda: None)
    pattern = Filter(ast.Regex("MESSAGE", r"[~][\^][0-9]", False), Compiled(ast.All()), lambda: None)
    messages = [item.first("MESSAGE") or b"" for item in items]

    def read_back() -> list[bytes]:
        block = Block(body, shapes)
        hits = [Row(block, row, target.origins.origins, shapes).hit() for row in range(block.count)]
        return [row_of_parts(hit.position, hit.parts, None) for hit in hits]

    def found() -> Found:
        columns = Block(body, shapes).bulk(target.origins.origins)
        all_of_it = Found()
        base = all_of_it.number_of(columns) << ROW_BITS
        all_of_it.places.extend(range(base, base + len(columns.ords)))
        return all_of_it

    def dump(printer: ExportText | Printer) -> list[bytes]:
        return list(printer.pieces(found(), EXPORT_PIECE_BYTES))

    def read_text() -> Batch:
        builder = BatchBuilder()
        reader = ExportReader()
        reader.read(text, builder, ENTRIES, len(text), last=True)
        return builder.batch

    every: dict[str, Callable[[], object]] = {
        "reference": reference,
        "native batch: decode": lambda: wire.decode(packed),
        "native batch: encode": lambda: wire.encode(batch),
        "export text: parse": read_text,
        "append: rows": lambda: rows_of(batch),
        "append: block": lambda: encode_block(rows, 3),
        "index: documents": lambda: list(documents.documents(rows, corpus.START)),
        "search: block to JSON rows": read_back,
        "search: an entry alone": lambda: Row(Block(body, shapes), ENTRIES // 2, target.origins.origins, shapes).hit(),
        "dump: block to export text": lambda: dump(ExportText()),
        "dump: block to lines": lambda: dump(Printer("short", OutputOptions(utc=True), boots=True)),
        "dump: block to JSON": lambda: dump(Printer("json", OutputOptions(), boots=False)),
        "search: substring in a block": lambda: search.candidates(Block(body, shapes)),
        "search: pattern in a block": lambda: pattern.candidates(Block(body, shapes)),
        "search: words of a block": lambda: words_of(Block(body, shapes)),
        "search: tokens": lambda: [tokens_of(message) for message in messages],
    }
    return {**every, **{f"{name}, in Python": in_python(every[name]) for name in COMPILED}}


COMPILED = ("native batch: decode", "export text: parse", "append: block", "index: documents")
"""Paths with a part in C, which are counted a second time without."""


def in_python(work: Callable[[], object]) -> Callable[[], object]:
    """The work without the compiled codec."""

    def run() -> object:
        codec, compiled.codec = compiled.codec, None
        try:
            return work()
        finally:
            compiled.codec = codec

    return run


def members() -> Any:
    """`query.api.members` without its package, which loads the web server: a minute under valgrind."""
    path = Path(__file__).parents[1] / "query" / "api" / "members.py"
    spec = importlib.util.spec_from_file_location("members", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference() -> int:
    """A fixed piece of plain Python."""
    total = 0
    for number in range(20_000):
        total += number & 7
    return total


def main() -> None:
    """Run all, and print the names in the order of what is counted."""
    assert os.environ.get("PYTHONHASHSEED") == "0", "instructions are counted with PYTHONHASHSEED=0"
    assert compiled.codec is not None, "the compiled codec is counted too: ./dev setup builds it"
    every = paths()
    gc.disable()
    for work in every.values():
        work()
        os.sched_get_priority_max(os.SCHED_OTHER)
        work()
        os.sched_get_priority_max(os.SCHED_OTHER)
    json.dump(list(every), sys.stdout)


if __name__ == "__main__":
    main()
