import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Boot } from '../api/types.ts';
import { bootsOf, hostOf, placeOf, rangeOf } from './bootRange.ts';
import { FIRST_VIEW, type Pill } from './view.ts';

const boot = (hostname: string, id: string, first: number, index: number): Boot => ({ machine_id: hostname, hostname, boot_id: id, first, last: first + 9, index });
const BOOTS = [boot('a', 'a0', 100, -1), boot('a', 'a1', 200, 0), boot('b', 'b0', 150, 0)];
const filtered = (...pills: Pill[]) => ({ ...FIRST_VIEW, pills });
const only = (field: string, value: string): Pill => ({ field, value, not: false });

test('the host is the one that is filtered by, or whose boot it is', () => {
  assert.equal(hostOf(FIRST_VIEW, BOOTS), null);
  assert.equal(hostOf(FIRST_VIEW, BOOTS.slice(0, 2)), 'a');
  assert.equal(hostOf(filtered(only('_HOSTNAME', 'b')), BOOTS), 'b');
  assert.equal(hostOf(filtered(only('_BOOT_ID', 'b0')), BOOTS), 'b');
});

test('a view is in the boot it is filtered by, else in that of its end', () => {
  const own = bootsOf(BOOTS, 'a');
  assert.deepEqual(own.map((each) => each.boot_id), ['a1', 'a0']);
  assert.equal(placeOf(filtered(only('_BOOT_ID', 'a0')), own, 999), 1);
  assert.equal(placeOf(FIRST_VIEW, own, 250), 0);
  assert.equal(placeOf(FIRST_VIEW, own, 150), 1);
});

test('the range of a boot replaces that of another; the newest goes on', () => {
  const range = rangeOf(filtered(only('_BOOT_ID', 'a0'), only('PRIORITY', '3')), BOOTS[1]!);
  assert.deepEqual(range.pills, [only('PRIORITY', '3'), only('_BOOT_ID', 'a1')]);
  assert.equal(range.until, '');
  assert.equal(rangeOf(FIRST_VIEW, BOOTS[0]!).until, '1970-01-01 00:00:00.000109 UTC');
});
