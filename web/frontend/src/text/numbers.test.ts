import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, plural, short, span, took } from './numbers.ts';

test('numbers in groups, and short', () => {
  equal(count(214381), '214\u202f381');
  const english = new Intl.NumberFormat('en');
  for (const n of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, -1234, Number.MAX_SAFE_INTEGER]) equal(count(n), english.format(n).replaceAll(',', '\u202f'));
  equal(short(9999), '9\u202f999');
  equal(short(21_400), '21k');
  equal(short(3_460_000), '3.4M');
  equal(short(999_999), '999k');
  equal(short(7_000_000_000), '7G');
});

test('sizes, spans, costs', () => {
  equal(bytes(1_500_000), '1.4 MiB');
  equal(bytes(2048), '2.0 KiB');
  equal(span(30_000_000), '30 s');
  equal(span(250_000), '250 ms');
  equal(span(7_200_000_000), '2 h');
  equal(took(3.21), '3.2 ms');
  equal(took(2450), '2.5 s');
  equal(plural(1, 'match', 'matches'), '1 match');
  equal(plural(2, 'match', 'matches'), '2 matches');
});
