import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, Node } from '../api/types.ts';
import { runsOf } from './fold.ts';
import { bootMarks, gapsOf, HEAD, placeGaps, type GapMark } from './marks.ts';
import { appendOlder, entryRow, flat, type Row } from './rows.ts';

const row = (at: number, host: string, boot: string, message = `m${at}`): Row =>
  entryRow({ __POSITION: `${at}.${at}`, __CURSOR: `c${at}`, __REALTIME_TIMESTAMP: String(at), _HOSTNAME: host, _BOOT_ID: boot, MESSAGE: message } as Entry);
const blocks = (...rows: Row[]) => appendOlder([], [...rows].sort((a, b) => b.realtime - a.realtime));
const gap = (until: number): GapMark => ({ kind: 'gap', host: 'a', seqnumId: 's', first: until, last: until, since: 0, until, cause: 'lost' });

test('a boot is marked at its first entry, if an older boot of that machine is loaded', () => {
  const marks = bootMarks(blocks(row(1, 'a', 'x'), row(2, 'b', 'p'), row(3, 'a', 'y'), row(4, 'b', 'p'), row(5, 'a', 'x'), row(6, 'a', 'y')));
  assert.deepEqual([...marks], [['3.3', [{ kind: 'boot', host: 'a', bootId: 'y' }]]]);
});

test('a gap stands between the rows around it, and waits for pages that are not loaded', () => {
  const rows = flat(blocks(row(10, 'a', 'x'), row(20, 'a', 'x')));
  const placed = (until: number, reach = {}) => [...placeGaps(new Map(), rows, [gap(until)], { start: 0, moreOlder: false, moreNewer: false, ...reach }).keys()];
  assert.deepEqual(placed(15), ['20.20']);
  assert.deepEqual(placed(5), ['10.10']);
  assert.deepEqual(placed(5, { moreOlder: true }), []);
  assert.deepEqual(placed(5, { start: 7 }), []);
  assert.deepEqual(placed(30), [HEAD]);
  assert.deepEqual(placed(30, { moreNewer: true }), []);
});

test('gaps of hosts that are filtered away are not shown', () => {
  const nodes = ['a', 'b'].map((hostname) => ({ hostname, gaps: [{ seqnum_id: 's', first: 1, last: 2, since: 3, until: 0, cause: '' }] }) as unknown as Node);
  const hosts = (pills: { field: string; value: string; not: boolean }[], loaded: ReadonlySet<string> | null = null) => gapsOf(nodes, pills, loaded).map((each) => each.host);
  assert.deepEqual(hosts([]), ['a', 'b']);
  assert.deepEqual(hosts([{ field: '_HOSTNAME', value: 'b', not: false }]), ['b']);
  assert.deepEqual(hosts([{ field: '_HOSTNAME', value: 'b', not: true }]), ['a']);
  assert.deepEqual(hosts([], new Set(['b'])), ['b']);
});

test('equal lines in a row are one run, until something else stands between', () => {
  const rows = [row(6, 'a', 'x', 'same'), row(5, 'a', 'x', 'same'), row(4, 'b', 'x', 'same'), row(3, 'b', 'x', 'same'), row(2, 'b', 'x', 'same')];
  const lengths = (apart: (row: Row) => boolean) => runsOf(rows, [], apart).map((run) => 1 + run.rest.length);
  assert.deepEqual(lengths(() => false), [2, 3]);
  assert.deepEqual(lengths((each) => each.id === '3.3'), [2, 1, 2]);
});
