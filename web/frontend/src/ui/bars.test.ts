import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { HistogramAnswer } from '../api/types.ts';
import { layers, OTHER, sparkPath, totals } from './bars.ts';

const answer = (series: HistogramAnswer['series'], other: HistogramAnswer['other'] = null): HistogramAnswer =>
  ({ start: 0, interval: 1, series, other, took_ms: 0, matched: null, partial: false, reason: null });

test('urgent levels lie at the bottom, unknown ones together on top', () => {
  const found = layers(answer([{ value: '6', counts: [1] }, { value: null, counts: [1] }, { value: '3', counts: [1] }, { value: 'x', counts: [1] }]), 'PRIORITY');
  deepEqual(found.map((layer) => [layer.key, layer.name, layer.total]), [['3', 'err', 1], ['6', 'info', 1], ['', 'none', 2]]);
});

test('one error among thousands is seen', () => {
  const [errors] = layers(answer([{ value: '3', counts: [1, 0] }, { value: '6', counts: [9999, 10] }]), 'PRIORITY');
  equal(errors!.path, 'M0.07 100.0h0.86v-3.0h-0.86z');
});

test('nothing rises above the plot', () => {
  for (const layer of layers(answer([{ value: '3', counts: [5, 1] }, { value: '4', counts: [5, 500] }, { value: '6', counts: [990, 499] }]), 'PRIORITY')) {
    for (const match of layer.path.matchAll(/M[\d.]+ ([\d.]+)h[\d.]+v-([\d.]+)/g)) ok(Number(match[1]) - Number(match[2]) >= -0.11);
  }
});

test('by another field the most frequent is at the bottom, the rest together on top', () => {
  const found = layers(answer([{ value: 'a', counts: [1, 0] }, { value: 'b', counts: [2, 2] }, { value: null, counts: [1, 0] }], { values: 7, counts: [9, 9] }), 'JOB');
  deepEqual(found.map((layer) => [layer.key, layer.name, layer.total]), [['b', 'b', 4], ['a', 'a', 1], [OTHER, '7 others', 18], ['', 'without', 1]]);
});

test('one series alone fills the plot; the others stay in the legend', () => {
  const found = layers(answer([{ value: 'a', counts: [1] }, { value: 'b', counts: [99] }]), 'JOB', 'a');
  deepEqual(found.map((layer) => layer.path), ['', 'M0.07 100.0h0.86v-100.0h-0.86z']);
});

test('a value that is not UTF-8 is named by its bytes', () => {
  equal(layers(answer([{ value: [255, 65], counts: [1] }]), 'RAW')[0]!.name, '\\xffA');
});

test('sums by bucket', () => {
  deepEqual(totals(answer([{ value: '3', counts: [1, 2] }, { value: null, counts: [3, 4] }], { values: 1, counts: [1, 1] })), [5, 7]);
  deepEqual(totals(answer([])), []);
});

test('a small line has a bar for each count that is not nothing, and none vanishes', () => {
  equal(sparkPath([0, 0]), '');
  equal(sparkPath([1000, 0, 1]), 'M0.07 100h0.86v-100.0h-0.86zM2.07 100h0.86v-8.0h-0.86z');
});
