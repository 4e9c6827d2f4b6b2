"""One request as a state machine: a body in, batches out, and what was rejected. No I/O."""

from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

from journalhub.collector.errors import Refusal
from journalhub.collector.limits import OTLP_RECORDS_MAX, UPLOAD_BATCH_BYTES, UPLOAD_BATCH_ENTRIES
from journalhub.collector.otlp import jsonbody, messages
from journalhub.collector.otlp.fields import Pair, record_fields, resource_fields, scope_fields
from journalhub.collector.otlp.model import TOO_MANY, Broken, Item, Record, Resource, Scope
from journalhub.collector.otlp.protobuf import DecodeError
from journalhub.journal import synthetic
from journalhub.journal.batch import Batch, BatchBuilder
from journalhub.journal.entry import Entry
from journalhub.journal.limits import ENTRY_FIELDS_MAX

NO_BOOT = bytes(16)
_SEE = "see docs/formats/otlp.md"


class Session:
    """Call `next` until it has no more; `rejected` is complete then.

    `now` is the time of arrival in microseconds, for records that have none; `fallback_host` what a sender is called
    that does not say where it runs. Raises Refusal where the body is no request, or one too large.
    """

    def __init__(self, body: bytes, *, is_json: bool, now: int, fallback_host: str) -> None:
        self.rejected: Counter[str] = Counter()
        """Records that are left out, by reason."""
        self._now = now
        self._fallback_host = fallback_host
        self._items = _open(body, is_json)
        self._seen: Counter[int] = Counter()
        self._speaker: tuple[Resource, Scope] | None = None
        self._speaker_fields: list[Pair] = []

    def next(self) -> Batch | None:
        """The next batch, or None when there is no more."""
        builder = BatchBuilder()
        for item in self._items:
            entry = self._entry(item)
            if isinstance(entry, str):
                self.rejected[entry] += 1
                continue
            builder.add(entry)
            if len(builder) >= UPLOAD_BATCH_ENTRIES or builder.bytes >= UPLOAD_BATCH_BYTES:
                break
        return builder.batch if len(builder) else None

    def _entry(self, item: Item) -> Entry | str:
        """An entry, or why there is none."""
        resource, scope, record = item
        if isinstance(record, Broken):
            return record.reason
        if self._speaker is None or self._speaker[0] is not resource or self._speaker[1] is not scope:
            self._speaker = resource, scope
            self._speaker_fields = resource_fields(resource, self._fallback_host) + scope_fields(scope)
        fields = (*self._speaker_fields, *record_fields(record))
        if len(fields) > ENTRY_FIELDS_MAX:
            return TOO_MANY
        realtime = (record.time or record.observed) // 1000 or self._now
        content = self._identity(realtime, record, fields)
        return Entry(synthetic.seqnum_id(fields), realtime, NO_BOOT, 0, realtime, content, fields)

    def _identity(self, realtime: int, record: Record, fields: tuple[Pair, ...]) -> int:
        """The same for a record that is sent again, and another one for its equal within a request."""
        # The nanoseconds, which an entry has no place for, stand where its monotonic clock would.
        content = synthetic.content_hash(NO_BOOT, (record.time or record.observed) % 1000, realtime, fields)
        before = self._seen[content]
        self._seen[content] += 1
        if not before:
            return content
        digest = blake2b(b"%d,%d" % (content, before), digest_size=8)
        return int.from_bytes(digest.digest(), "little")


def _open(body: bytes, is_json: bool) -> Iterator[Item]:
    """The records of a body. Raises Refusal before the first where there is no sense in them, or too many."""
    try:
        if is_json:
            request = jsonbody.read(body)
            found, items = jsonbody.count(request), jsonbody.items(request)
        else:
            found, items = messages.count(body, OTLP_RECORDS_MAX), messages.items(body)
    except DecodeError as error:
        raise Refusal(400, f"cannot read the request: {error}", _SEE, where="body") from error
    if found > OTLP_RECORDS_MAX:
        what = f"the request has more than {OTLP_RECORDS_MAX} log records, with their scopes and resources"
        raise Refusal(413, what, "send smaller batches", where="body")
    return items
