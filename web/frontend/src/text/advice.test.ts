import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../api/types.ts';
import { advise } from './advice.ts';

const NOW = 1_760_000_000_000_000;
const HOUR = 3600e6;

const WELL: Node = {
  machine_id: 'a', hostname: 'web-1', version: '1', state: 'live', last_seen: NOW, last_entry: NOW, behind: 0, clock_skew: 5000, rate: 1,
  entries: 9, duplicates: 0, refused: 0, gaps: [], missing: 0, dropped: [], quarantined: [], at_risk: false, pending: [], suppressed: 0,
};

const texts = (change: Partial<Node>, stopped: number | null = null) => advise({ ...WELL, ...change }, NOW, stopped);

test('a node that is well needs nothing', () => {
  deepEqual(texts({}), []);
});

test('a silent node: shut down in order, or a command for its own sender', () => {
  const silent: Partial<Node> = { state: 'silent', last_seen: NOW - 3 * HOUR };
  const [down] = texts(silent, NOW - 3 * HOUR);
  deepEqual([down!.level, down!.command], ['note', undefined]);
  ok(/^Shut down in order 3 h ago/.test(down!.text));
  const [gone] = texts(silent);
  deepEqual([gone!.level, gone!.command], ['bad', 'systemctl status journalhub-shipper; journalhub doctor']);
  equal(texts({ ...silent, version: null })[0]!.command, 'systemctl status systemd-journal-upload');
});

test('what it wrote and is not here', () => {
  const gap = { seqnum_id: 's', first: 1, last: 40, since: null, until: null };
  ok(/^40 entries are missing: journald deleted.*SystemMaxUse=/.test(texts({ missing: 40, gaps: [{ ...gap, cause: 'rotated away before it was read' }] })[0]!.text));
  ok(/^1 entry is missing: they never came/.test(texts({ missing: 1, gaps: [{ ...gap, cause: 'not received' }] })[0]!.text));
  equal(texts({ quarantined: ["/var/log/journal/a b's.journal"] })[0]!.command, "journalctl --verify --file='/var/log/journal/a b'\\''s.journal'");
  ok(/2 entries were refused: too large \(2\)/.test(texts({ refused: 2, refused_reasons: { 'too large': 2 } })[0]!.text));
  equal(texts({ suppressed: 3 })[0]!.page, 'events');
  equal(texts({ dropped: [{ rule: 'exclude: unit=x', count: 3 }] })[0]!.level, 'note');
});

test('the worst comes first', () => {
  const found = texts({ state: 'behind', behind: 600e6, at_risk: true, clock_skew: -14e6, pending: [{ since: null, until: 1 }] });
  deepEqual(found.map((each) => each.level), ['bad', 'warning', 'note', 'warning']);
  ok(/^10 min behind/.test(found[1]!.text));
  ok(/clock is 14 s late/.test(found[3]!.text));
});
