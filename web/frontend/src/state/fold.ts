// Lines that repeat: shown once, with how often.

import { textOf, valuesOf, asText } from '../text/values.ts';
import type { EntryRow, Row } from './rows.ts';

export interface Run {
  head: Row;
  /** The rows after `head` that say the same. */
  rest: EntryRow[];
}

/** Rows that follow each other and look the same in the list, as runs. A row of which `apart` holds begins a new run. */
export function runsOf(rows: readonly Row[], columns: readonly string[], apart: (row: Row, before: Row) => boolean): Run[] {
  const out: Run[] = [];
  let before: Row | null = null;
  let key = '';
  for (const row of rows) {
    const own = row.kind === 'entry' ? looks(row, columns) : row.id;
    const run = out.at(-1);
    if (run && before && row.kind === 'entry' && own === key && !apart(row, before)) run.rest.push(row);
    else out.push({ head: row, rest: [] });
    before = row;
    key = own;
  }
  return out;
}

/** Each row for itself. */
export const unfolded = (rows: readonly Row[]): Run[] => rows.map((head) => ({ head, rest: [] }));

function looks({ entry }: EntryRow, columns: readonly string[]): string {
  const fields = ['_HOSTNAME', 'SYSLOG_IDENTIFIER', '_COMM', '_SYSTEMD_UNIT', 'PRIORITY', ...columns];
  return [textOf(entry, 'MESSAGE'), ...fields.map((name) => valuesOf(entry, name).map(asText).join('\0'))].join('\0\0');
}
