import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../api/types.ts';
import { fraction, isCut, reach } from './progress.ts';

const at = (days: number, of_days: number, entries: number | null, of_entries: number | null): Progress => ({ days, of_days, entries, of_entries, since: 0, until: 1, done: false });

test('days and entries are said, entries only where they are known', () => {
  equal(reach(at(3, 30, 1_200_000, 14_000_000)), '3 of 30 days, 1.2M of 14M entries');
  equal(reach(at(3, 30, null, null)), '3 of 30 days');
  equal(reach(at(0, 1, 0, 50_000)), '50k entries');
});

test('the bar is as long as the part of the entries', () => {
  equal(fraction(at(3, 30, 50, 200)), 0.25);
  equal(fraction(at(3, 30, null, null)), 0.1);
  equal(fraction(at(0, 0, 0, 0)), 0);
});

test('what was looked at whole is not cut', () => {
  ok(isCut(at(3, 4, 1, 2)));
  ok(!isCut(at(4, 4, 2, 2)));
  ok(!isCut(null));
});
