import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../api/types.ts';
import { asText, isBinary, textOf, valuesOf } from './values.ts';

const entry = (fields: Record<string, unknown>) => ({ __POSITION: '1.1', __CURSOR: '', __REALTIME_TIMESTAMP: '1', ...fields }) as Entry;

test('a field is text, bytes, or several of those', () => {
  deepEqual(valuesOf(entry({ A: 'x' }), 'A'), ['x']);
  deepEqual(valuesOf(entry({ A: [104, 105] }), 'A'), [[104, 105]]);
  deepEqual(valuesOf(entry({ A: ['x', [104]] }), 'A'), ['x', [104]]);
  deepEqual(valuesOf(entry({}), 'A'), []);
  equal(textOf(entry({ A: ['x', 'y'] }), 'A'), 'x');
  equal(textOf(entry({}), 'A'), '');
});

test('bytes that are UTF-8 are that text', () => {
  equal(asText([...new TextEncoder().encode('a\u0000é😀')]), 'a\u0000é😀');
});

test('bytes that are not keep their values', () => {
  equal(asText([0x61, 0xff, 0x62]), 'a\udcffb');
  equal(asText([0xc3]), '\udcc3');
  equal(asText([0xe2, 0x82, 0x41]), '\udce2\udc82A');
  equal(asText([0xf0, 0x9f, 0x98, 0x80, 0xfe]), '😀\udcfe');
});

test('only texts that stand for other bytes are binary', () => {
  equal(isBinary('a\udcff'), true);
  equal(isBinary('😀 text'), false);
  equal(isBinary(''), false);
});
