// Copying rows gives what `journalctl -o short-iso` would print of them, oldest first as a terminal has them.

import { zone } from '../state/navigation.ts';
import { flat, type EntryRow } from '../state/rows.ts';
import { search } from '../state/search.ts';
import { shortIso } from '../text/time.ts';
import { textOf } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { speaker } from './Block.tsx';

export function shortIsoLine(row: EntryRow): string {
  const { entry } = row;
  const pid = textOf(entry, '_PID') || textOf(entry, 'SYSLOG_PID');
  return `${shortIso(row.realtime, zone.peek())} ${textOf(entry, '_HOSTNAME')} ${speaker(row)}${pid ? `[${pid}]` : ''}: ${visible(textOf(entry, 'MESSAGE'))}`;
}

/** A selection within one row stays what it is; over several it becomes lines. */
export function copySelectedRows(event: ClipboardEvent): void {
  const selection = document.getSelection();
  if (!selection || selection.rangeCount === 0 || !event.clipboardData) return;
  const range = selection.getRangeAt(0);
  const inside = [...document.querySelectorAll<HTMLElement>('tr.row')].filter((row) => range.intersectsNode(row));
  if (inside.length < 2) return;
  // A line that stands for many is all of them.
  const touched = new Set(inside.flatMap((row) => [row.dataset['id'], ...(row.dataset['folded']?.split(' ') ?? [])]));
  const lines = flat(search.list.rows.peek()).filter((row): row is EntryRow => row.kind === 'entry' && touched.has(row.id)).map(shortIsoLine);
  event.clipboardData.setData('text/plain', `${lines.reverse().join('\n')}\n`);
  event.preventDefault();
}
