// Lines that repeat: shown once, with how often, wherever the borders of blocks lie.

import { textOf, valuesOf, asText } from '../text/values.ts';
import type { EntryRow, Row } from './rows.ts';

export interface Run {
  head: Row;
  /** The rows after `head` that say the same. */
  rest: readonly EntryRow[];
}

/** What a block has to do with the runs of its neighbours. */
export interface Border {
  /** Its first rows, which a run of a block before it shows. */
  skip: number;
  /** Rows of the blocks after it that its last run shows. */
  after: readonly EntryRow[];
}

export const NO_BORDER: Border = { skip: 0, after: [] };

/** Whether `row` begins a new run although it says what `before` says. */
export type Apart = (row: Row, before: Row) => boolean;

const continues = (row: Row, before: Row, columns: readonly string[], apart: Apart): row is EntryRow =>
  row.kind === 'entry' && before.kind === 'entry' && looks(row, columns) === looks(before, columns) && !apart(row, before);

/** Rows that follow each other and look the same in the list, as runs. */
export function runsOf(rows: readonly Row[], columns: readonly string[], apart: Apart): Run[] {
  const out: { head: Row; rest: EntryRow[] }[] = [];
  let before: Row | null = null;
  for (const row of rows) {
    if (before && continues(row, before, columns, apart)) out.at(-1)!.rest.push(row);
    else out.push({ head: row, rest: [] });
    before = row;
  }
  return out;
}

/** Each row for itself. */
export const unfolded = (rows: readonly Row[]): Run[] => rows.map((head) => ({ head, rest: [] }));

/** The runs that go on from block to block; blocks and their rows as they are drawn. */
export function bordersOf(blocks: readonly (readonly Row[])[], columns: readonly string[], apart: Apart): Border[] {
  const out: Border[] = blocks.map(() => NO_BORDER);
  /** The block that shows the run at the end of the one before. */
  let owner = 0;
  for (let at = 1; at < blocks.length; at++) {
    const [rows, before] = [blocks[at]!, blocks[at - 1]!];
    let skip = 0;
    for (let last = before.at(-1); last && skip < rows.length && continues(rows[skip]!, last, columns, apart); skip++) last = rows[skip];
    if (skip === 0) {
      owner = at;
      continue;
    }
    const shown = rows.slice(0, skip) as EntryRow[];
    out[owner] = { skip: out[owner]!.skip, after: [...out[owner]!.after, ...shown] };
    out[at] = { skip, after: [] };
    if (skip < rows.length) owner = at;
  }
  return out;
}

/** Whether two borders draw the same. */
export function sameBorder(a: Border, b: Border): boolean {
  return a.skip === b.skip && a.after.length === b.after.length && a.after[0] === b.after[0] && a.after.at(-1) === b.after.at(-1);
}

const known = new WeakMap<EntryRow, { columns: readonly string[]; text: string }>();

/** What is seen of a row, as one text; made once for each row and choice of columns. */
function looks(row: EntryRow, columns: readonly string[]): string {
  const before = known.get(row);
  if (before?.columns === columns) return before.text;
  const fields = ['_HOSTNAME', 'SYSLOG_IDENTIFIER', '_COMM', '_SYSTEMD_UNIT', 'PRIORITY', ...columns];
  const text = [textOf(row.entry, 'MESSAGE'), ...fields.map((name) => valuesOf(row.entry, name).map(asText).join('\0'))].join('\0\0');
  known.set(row, { columns, text });
  return text;
}
