import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { ago, bound, clock, day, dayTitle, exact, shortIso, ticks, typed, untyped, lastOf, zoneName } from './time.ts';

const at = Date.UTC(2026, 10, 23, 9, 5, 7, 42) * 1000 + 123;

test('a time in UTC, in every form', () => {
  equal(clock(at, 'utc'), '09:05:07.042');
  equal(day(at, 'utc'), '2026-11-23');
  equal(dayTitle(at, 'utc'), 'Mon 23 Nov 2026');
  equal(exact(at, 'utc'), '2026-11-23 09:05:07.042123 UTC');
  equal(shortIso(at, 'utc'), '2026-11-23T09:05:07+0000');
});

test('a typed time is read back to the microsecond', () => {
  equal(typed(at), '2026-11-23 09:05:07.042123 UTC');
  equal(typed(at - (at % 1_000_000)), '2026-11-23 09:05:07 UTC');
  for (const us of [0, 1, 999_999, at, at + 1, at - 123]) equal(untyped(typed(us)), us);
  equal(untyped('yesterday'), null);
  equal(untyped('2026-11-23'), null);
});

test('a bound is shown short where it is ours, untouched where it is not', () => {
  equal(bound('-2h', 'utc'), '-2h');
  equal(bound('2026-11-23 09:05:07 UTC', 'utc'), '2026-11-23 09:05:07');
  equal(bound('2026-11-23 09:05:07.5 UTC', 'utc'), '2026-11-23 09:05:07.500');
});

test('ticks are round, within the range, and few', () => {
  const hour = 3_600_000_000;
  const found = ticks(at, at + hour, 8, 'utc');
  deepEqual(found.map((tick) => tick.label), ['09:10', '09:20', '09:30', '09:40', '09:50', '10:00']);
  for (const length of [1_000_000, 60_000_000, hour, 24 * hour, 30 * 24 * hour, 900 * 24 * hour]) {
    const many = ticks(at, at + length, 9, 'utc');
    equal(many.length >= 2 && many.length <= 10, true, `${many.length} ticks for ${length}`);
    equal(many.every((tick) => tick.at >= at && tick.at < at + length), true);
  }
  deepEqual(ticks(at, at, 9, 'utc'), []);
});

test('how long ago', () => {
  equal(ago(at, at + 500_000), 'just now');
  equal(ago(at, at + 45e6), '45 s ago');
  equal(ago(at, at + 600e6), '10 min ago');
  equal(ago(at, at + 7200e6), '2 h ago');
  equal(ago(at, at - 10e6), 'in 10 s');
});

test('a range up to now in the words that people use', () => {
  equal(lastOf(3600e6), '-1h');
  equal(lastOf(3630e6), '-1h');
  equal(lastOf(2 * 3600e6), '-120min');
  equal(lastOf(86_000e6), '-1d');
  equal(lastOf(7.2e6), '-8s');
});

test('the zone has its name with and without Temporal', () => {
  const holder = globalThis as { Temporal?: unknown };
  const own = holder.Temporal;
  try {
    holder.Temporal = { Now: { timeZoneId: () => 'Asia/Kathmandu' } };
    equal(zoneName(), 'Asia/Kathmandu');
    delete holder.Temporal;
    equal(zoneName(), Intl.DateTimeFormat().resolvedOptions().timeZone);
  } finally {
    if (own !== undefined) holder.Temporal = own;
  }
});
