import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { HistogramAnswer } from '../api/types.ts';
import { layers, totals, sparkPath } from './bars.ts';

const answer = (series: HistogramAnswer['series']): HistogramAnswer => ({ start: 0, interval: 1, series, took_ms: 0, matched: null, partial: false, reason: null });

test('urgent levels lie at the bottom, unknown ones together on top', () => {
  const found = layers(answer([{ value: '6', counts: [1] }, { value: null, counts: [1] }, { value: '3', counts: [1] }, { value: 'x', counts: [1] }]));
  deepEqual(found.map((layer) => [layer.level, layer.total]), [[3, 1], [6, 1], [null, 2]]);
});

test('one error among thousands is seen', () => {
  const [errors] = layers(answer([{ value: '3', counts: [1, 0] }, { value: '6', counts: [9999, 10] }]));
  equal(errors!.path, 'M0.07 100.0h0.86v-3.0h-0.86z');
});

test('nothing rises above the plot', () => {
  for (const layer of layers(answer([{ value: '3', counts: [5, 1] }, { value: '4', counts: [5, 500] }, { value: '6', counts: [990, 499] }]))) {
    for (const match of layer.path.matchAll(/M[\d.]+ ([\d.]+)h[\d.]+v-([\d.]+)/g)) ok(Number(match[1]) - Number(match[2]) >= -0.11);
  }
});

test('sums by bucket', () => {
  deepEqual(totals(answer([{ value: '3', counts: [1, 2] }, { value: null, counts: [3, 4] }])), [4, 6]);
  deepEqual(totals(answer([])), []);
});

test('a small line has a bar for each count that is not nothing, and none vanishes', () => {
  equal(sparkPath([0, 0]), '');
  equal(sparkPath([1000, 0, 1]), 'M0.07 100h0.86v-100.0h-0.86zM2.07 100h0.86v-8.0h-0.86z');
});
