import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../api/types.ts';
import { appendOlder, BLOCK_ROWS, compare, entryRow, flat, gapRow, insert, prependNewer, size, trim, type Blocks, type Row } from './rows.ts';

const row = (realtime: number, ord = realtime): Row => entryRow({ __POSITION: `${realtime}.${ord}` } as Entry);
const range = (from: number, to: number): Row[] => Array.from({ length: from - to + 1 }, (_, at) => row(from - at));
const times = (blocks: Blocks): number[] => flat(blocks).map((each) => each.realtime);

test('pages go below and above without doubles', () => {
  let blocks = appendOlder([], range(500, 301));
  blocks = appendOlder(blocks, range(301, 200));
  blocks = prependNewer(blocks, range(600, 500));
  deepEqual(times(blocks), range(600, 200).map((each) => each.realtime));
  ok(blocks.every((block) => block.rows.length <= BLOCK_ROWS));
});

test('live rows land in their places, once', () => {
  const start = appendOlder([], range(300, 101));
  const first = insert(start, [row(302), row(301), row(302)], true);
  equal(first.added, 2);
  deepEqual(times(first.blocks).slice(0, 3), [302, 301, 300]);
  const again = insert(first.blocks, [row(302), row(150)], true);
  equal(again.added, 0);
  const late = insert(again.blocks, [row(200, 9999)], true);
  equal(late.added, 1);
  deepEqual(times(late.blocks).filter((time) => time === 200).length, 2);
});

test('what is older than the loaded rows waits for its page, or is the end of the list', () => {
  const start = appendOlder([], range(300, 101));
  equal(insert(start, [row(50)], true).added, 0);
  deepEqual(times(insert(start, [row(50)], false).blocks).at(-1), 50);
  deepEqual(times(insert([], [row(2), row(3), row(1)], false).blocks), [3, 2, 1]);
});

test('only the blocks that change are new', () => {
  const start = appendOlder([], range(400, 101));
  const { blocks } = insert(start, [row(401), row(250, 7777)], true);
  equal(blocks.filter((block) => start.includes(block)).length, start.length - 1);
});

test('random arrivals keep the order of the store', () => {
  let seed = 42;
  const next = (most: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % most;
  let blocks: Blocks = [];
  const all = new Map<string, Row>();
  for (let round = 0; round < 200; round++) {
    const arrivals = Array.from({ length: next(30) }, () => row(1000 + next(500), next(4)));
    for (const each of arrivals) all.set(each.id, each);
    blocks = insert(blocks, arrivals, false).blocks;
  }
  const expected = [...all.values()].sort((a, b) => compare(b, a)).map((each) => each.id);
  deepEqual(flat(blocks).map((each) => each.id), expected);
});

test('trimming drops whole blocks from one end', () => {
  const blocks = appendOlder([], range(1000, 1));
  const old = trim(blocks, 350, 'old');
  ok(old.dropped);
  ok(size(old.blocks) >= 350 && size(old.blocks) < 350 + BLOCK_ROWS);
  equal(times(old.blocks)[0], 1000);
  equal(times(trim(blocks, 350, 'new').blocks).at(-1), 1);
  equal(trim(blocks, 5000, 'old').dropped, false);
});

test('gaps stand among entries', () => {
  const gap = gapRow({ hostname: 'web-2', seqnum_id: 'a', first: 5, last: 9, cause: 'rotated' }, 250, 3);
  const { blocks } = insert(appendOlder([], range(300, 201)), [gap], true);
  equal(flat(blocks).findIndex((each) => each.kind === 'gap'), 51);
});
