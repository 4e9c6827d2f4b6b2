import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { bordersOf, runsOf, sameBorder } from './fold.ts';
import { entryRow, gapRow, type Row } from './rows.ts';

let ord = 0;
const row = (text: string): Row =>
  entryRow({ __POSITION: `1.${++ord}`, __CURSOR: `c${ord}`, __REALTIME_TIMESTAMP: '1', MESSAGE: text });
const rows = (texts: string): Row[] => [...texts].map(row);
const columns: string[] = [];
const never = () => false;
const shape = (blocks: Row[][], apart = (_row: Row, _before: Row): boolean => false) =>
  bordersOf(blocks, columns, apart).map(({ skip, after }) => [skip, after.length]);

test('a run stays in its block, or is shown by the block in which it begins', () => {
  deepEqual(shape([rows('aab'), rows('cc')]), [[0, 0], [0, 0]]);
  deepEqual(shape([rows('abb'), rows('bbc'), rows('d')]), [[0, 2], [2, 0], [0, 0]]);
});

test('a run may go on over many blocks, and another begin where it ends', () => {
  deepEqual(shape([rows('ab'), rows('bb'), rows('bc'), rows('cd')]), [[0, 3], [2, 0], [1, 1], [1, 0]]);
  deepEqual(shape([rows('bb'), rows('bb'), rows('bb')]), [[0, 4], [2, 0], [2, 0]]);
});

test('what is apart is apart across blocks too, and a gap is no line', () => {
  deepEqual(shape([rows('a'), rows('a')], () => true), [[0, 0], [0, 0]]);
  const gap = gapRow({ hostname: 'x', seqnum_id: 's', first: 1, last: 2, cause: '' }, 1, 1);
  deepEqual(shape([[gap], [gap]]), [[0, 0], [0, 0]]);
});

test('all rows are shown once', () => {
  const blocks = ['aabbb', 'bbbb', 'bcc', 'ccd', 'd', 'e'].map(rows);
  const borders = bordersOf(blocks, columns, never);
  const shown = blocks.flatMap((block, at) => {
    const runs = runsOf(block.slice(borders[at]!.skip), columns, never).flatMap((run) => [run.head, ...run.rest]);
    return [...runs, ...borders[at]!.after];
  });
  deepEqual(shown, blocks.flat());
  equal(bordersOf([], columns, never).length, 0);
});

test('borders that draw the same are the same', () => {
  const blocks = [rows('ab'), rows('bb')];
  const [a] = bordersOf(blocks, columns, never);
  const [b] = bordersOf(blocks, columns, never);
  ok(sameBorder(a!, b!));
  ok(!sameBorder(a!, bordersOf([blocks[0]!, blocks[1]!.slice(0, 1)], columns, never)[0]!));
});
