"""Real inputs of every parser: what a fuzzer changes."""

import gzip
import lzma

import msgpack
import zstandard
from tests.collector.otlp.sending import request
from tests.query.fleet import make_entries

from journalhub.journal import wire
from journalhub.journal.batch import from_entries
from journalhub.journal.export import encode

ENTRIES = make_entries(12)
EXPORT = b"".join(map(encode, ENTRIES))
PACKED = wire.pack(from_entries(ENTRIES))

_GAP = {"seqnum_id": b"s" * 16, "first": 3, "last": 9, "since": 5, "until": 7}
STATUS = msgpack.packb(
    {
        "machine_id": b"m" * 16, "hostname": "web-1", "version": "0.1", "sent_at": 1_760_000_000_000_000, "behind": 5,
        "gaps": [{**_GAP, "boot_id": b"b" * 16, "cause": "rotated"}], "quarantined": ["system.journal"],
        "dropped": [{**_GAP, "rule": "exclude: x", "count": 4, "runs": [2, 3, 2]}],
    }
)  # fmt: skip

_LOGS = request("one", "two", host="web-1", tags="a")
_LOGS.resource_logs[0].scope_logs[0].log_records[0].attributes.add(
    key="n"
).value.kvlist_value.values.add(key="x").value.array_value.values.add().double_value = 1.5  # fmt: skip
OTLP = _LOGS.SerializeToString()
OTLP_JSON = (
    b'{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"web-1"}}]},"scopeLogs":'
    b'[{"scope":{"name":"s"},"logRecords":[{"timeUnixNano":"1760000000000000000","severityNumber":9,"traceId":"5b8e",'
    b'"body":{"kvlistValue":{"values":[{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"bytesValue":'
    b'"_-8="},{"doubleValue":"NaN"},{"boolValue":true}]}}}]}}}]}]}]}'
)

SYSLOG = (
    b"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed",
    b'<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 ev 8710 - [ex@32473 iut="3" es="App\\"l\\]"][empty@1] An event',
    b"<34>Oct 11 22:14:15 mymachine su[231]: 'su root' failed\n<13>1 - - - - - -\n",
    b"17 <13>1 - h a - - -5 <13>x",
)

QUERIES = (
    b'unit=ssh* -"invalid user" (priority<=err OR host=web-*)',
    b'MESSAGE=/ti.e?out/ NOT _PID=1 text="a b" since=-1h',
    b"Nov 24 00:15:49 web-1 nginx[32232]: GET /static?a=b HTTP/2.0",
    b"a OR (b c) -d PRIORITY>=3 *full* \xc3\xbc",
)

QUERY_STRINGS = (
    b"q=unit%3Dssh&since=-1h&until=now&tz=Europe/Oslo&host=web-*&priority=warning..err&limit=5&order=oldest",
    b"match=_PID%3D1&match=%2B&match=MESSAGE%3D%FF&boot=-1&grep=a%2Bb&identifier=x&facility=kern,3&fields=A,B&clip=9",
    b"by=PRIORITY&interval=1000&buckets=5&field=MESSAGE&prefix=a&cursor=s%3D1&before=2&same=unit",
    b"follow&boot=1&_HOSTNAME=web-1&PRIORITY=3",
)

RANGES = (
    b"entries=s=0123456789abcdef0123456789abcdef;i=1;b=0123456789abcdef0123456789abcdef;m=3e8;t=60a24181e4001;x=14:-1:5",
    b"realtime=1700000000.5:2min 3s:-2:18446744073709551615",
    b"2012-10-30 18:17:16.000001 +05:30",
    b"-1h30min",
    b"Tue 12-11-23T10:00 Europe/Berlin",
    b"@1395716396.789",
    b"2 days ago",
)

CATALOG = (
    b"-- f77379a8490b408bbe5f6940505a777b\nSubject: The journal has started\nDefined-By: systemd\n\nText @FIELD@ of it."
    b"\n# comment\n-- d93fb3c9c24d451a97cea615ce59c00b de\nSubject: anders\n\nText\n"
)

COMPRESSED = {
    b"g": gzip.compress(OTLP),
    b"z": zstandard.compress(EXPORT[:2000]) + zstandard.compress(EXPORT[2000:]),
    b"x": lzma.compress(EXPORT[:1000]) + lzma.compress(b""),
    b"l": (14).to_bytes(8, "little") + b"\x35abc\x03\x00\x20ab",
}
