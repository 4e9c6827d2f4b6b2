// The loaded rows: newest first, in blocks that are drawn apart, so that one more row costs one block and not the list.

import type { Entry, TailGap } from '../api/types.ts';

export interface EntryRow {
  kind: 'entry';
  id: string;
  realtime: number;
  ord: number;
  entry: Entry;
}

/** Entries that a node wrote and the collector never got, reported while we looked. */
export interface GapRow {
  kind: 'gap';
  id: string;
  realtime: number;
  ord: number;
  gap: TailGap;
}

export type Row = EntryRow | GapRow;

/** Never changed once made: a block that is the same object is not drawn again. */
export interface Block {
  id: number;
  rows: readonly Row[];
}

export type Blocks = readonly Block[];

/** Rows of a block when filled from pages; live rows may make one up to twice as long. */
export const BLOCK_ROWS = 100;

let lastBlock = 0;
const block = (rows: readonly Row[]): Block => ({ id: ++lastBlock, rows });

export function entryRow(entry: Entry): EntryRow {
  const [realtime, ord] = entry.__POSITION.split('.').map(Number) as [number, number];
  return { kind: 'entry', id: entry.__POSITION, realtime, ord, entry };
}

export function gapRow(gap: TailGap, realtime: number, ord: number): GapRow {
  return { kind: 'gap', id: `gap-${ord}-${gap.seqnum_id}-${gap.first}`, realtime, ord, gap };
}

/** Positive when `a` is newer than `b`. The order of the store: (realtime, ord). */
export const compare = (a: Row, b: Row): number => a.realtime - b.realtime || a.ord - b.ord || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export const size = (blocks: Blocks): number => blocks.reduce((sum, each) => sum + each.rows.length, 0);
export const newest = (blocks: Blocks): Row | undefined => blocks[0]?.rows[0];
export const oldest = (blocks: Blocks): Row | undefined => blocks.at(-1)?.rows.at(-1);

function chunks(rows: readonly Row[]): Block[] {
  const out: Block[] = [];
  for (let at = 0; at < rows.length; at += BLOCK_ROWS) out.push(block(rows.slice(at, at + BLOCK_ROWS)));
  return out;
}

/** Pages follow each other by position: what is older than all loaded goes below. Rows newest first. */
export function appendOlder(blocks: Blocks, rows: readonly Row[]): Blocks {
  const last = oldest(blocks);
  return [...blocks, ...chunks(last ? rows.filter((row) => compare(row, last) < 0) : rows)];
}

/** What is newer than all loaded goes above. Rows newest first. */
export function prependNewer(blocks: Blocks, rows: readonly Row[]): Blocks {
  const first = newest(blocks);
  return [...chunks(first ? rows.filter((row) => compare(row, first) > 0) : rows), ...blocks];
}

/**
 * Put rows where they belong, in any order and whether or not they are there already: entries arrive late and twice.
 * With `more`, what is older than everything loaded is left out: it comes with the page it belongs to.
 */
export function insert(blocks: Blocks, arrivals: readonly Row[], more: boolean): { blocks: Blocks; added: number } {
  const last = oldest(blocks);
  const fresh = dedupe(arrivals).filter((row) => !(more && last && compare(row, last) < 0));
  const out = [...blocks];
  const above: Row[] = [];
  const into = new Map<number, Row[]>();
  for (const row of fresh) {
    const at = blockFor(blocks, row);
    const home = at < 0 ? above : into.get(at) ?? [];
    if (at >= 0) into.set(at, home);
    home.push(row);
  }
  let added = 0;
  for (const [at, rows] of into) {
    const before = out[at]!;
    const known = new Set(before.rows.map((row) => row.id));
    const unknown = rows.filter((row) => !known.has(row.id));
    if (unknown.length === 0) continue;
    added += unknown.length;
    out[at] = { id: before.id, rows: [...before.rows, ...unknown].sort((a, b) => compare(b, a)) };
  }
  added += above.length;
  const head = out[0];
  if (head && above.length && head.rows.length + above.length <= BLOCK_ROWS) out[0] = { id: head.id, rows: [...above, ...head.rows] };
  else out.unshift(...chunks(above));
  return { blocks: out, added };
}

function dedupe(rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return [...byId.values()].sort((a, b) => compare(b, a));
}

/** The block that `row` belongs into; -1 for above all. */
function blockFor(blocks: Blocks, row: Row): number {
  const first = newest(blocks);
  if (!first || compare(row, first) > 0) return -1;
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (compare(blocks[middle]!.rows[0]!, row) >= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** At most `most` rows, give or take a block, dropped from one end: whether anything was. */
export function trim(blocks: Blocks, most: number, end: 'old' | 'new'): { blocks: Blocks; dropped: boolean } {
  let count = size(blocks);
  const out = [...blocks];
  while (out.length > 1 && count - (end === 'old' ? out.at(-1)! : out[0]!).rows.length >= most) {
    count -= (end === 'old' ? out.pop()! : out.shift()!).rows.length;
  }
  return { blocks: out, dropped: out.length < blocks.length };
}

/** All rows, newest first. */
export const flat = (blocks: Blocks): Row[] => blocks.flatMap((each) => each.rows as Row[]);
