// Choosing and opening rows, by mouse and by keyboard. The mark is set on the elements themselves: drawing 5,000 rows
// again to move one highlight would be slow.

import { selected } from '../state/details.ts';
import { go, view } from '../state/navigation.ts';
import { search } from '../state/search.ts';

export const rowElements = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('tr.row')];
const rowOf = (target: EventTarget | null): HTMLElement | null => (target instanceof Element ? target.closest<HTMLElement>('tr.row') : null);
/** The row of an id, or the one that it is folded into. */
export const byId = (id: string): HTMLElement | null =>
  document.querySelector<HTMLElement>(`tr.row[data-id="${CSS.escape(id)}"]`) ?? document.querySelector<HTMLElement>(`tr.row[data-folded~="${CSS.escape(id)}"]`);

/** Shows which row is selected; without one, the first row is where Tab enters the list. */
export function markSelected(id: string | null): void {
  for (const old of document.querySelectorAll('tr.row[aria-selected]')) {
    old.removeAttribute('aria-selected');
    old.setAttribute('tabindex', '-1');
  }
  const row = id === null ? null : byId(id);
  row?.setAttribute('aria-selected', 'true');
  (row ?? document.querySelector('tr.row'))?.setAttribute('tabindex', '0');
}

export function clickRow(event: MouseEvent): void {
  const row = rowOf(event.target);
  if (!row) return;
  // Someone who selects text wants the text.
  if (!(event.target as Element).closest('button') && !(document.getSelection()?.isCollapsed ?? true)) return;
  choose(row);
  open(row);
}

export function keyInRows(event: KeyboardEvent): void {
  if (event.key === 'Enter' && rowOf(event.target)) {
    event.preventDefault();
    openSelected();
  }
}

function choose(row: HTMLElement): void {
  selected.value = row.dataset['id'] ?? null;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
}

function open(row: HTMLElement): void {
  search.live.pause('reader');
  go({ entry: row.dataset['cursor'] ?? null }, view.peek().entry === null ? 'push' : 'replace');
}

export function openSelected(): void {
  const row = selected.peek() === null ? null : byId(selected.peek()!);
  if (row) open(row);
}

/** Select a row; the panel, when open, follows. */
export function chooseRow(row: HTMLElement): void {
  choose(row);
  row.scrollIntoView({ block: 'center' });
  if (view.peek().entry !== null) open(row);
}

/** Show each of the repeated lines that the selected one stands for, or fold them again. */
export function unfoldSelected(): void {
  if (selected.peek() !== null) byId(selected.peek()!)?.querySelector<HTMLElement>('.times')?.click();
}

/** The next (1) or previous (-1) row; the panel, when open, follows. */
export function moveSelection(by: 1 | -1): void {
  const rows = rowElements();
  const at = rows.findIndex((row) => row.dataset['id'] === selected.peek());
  const row = at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[at + by];
  if (!row) return;
  choose(row);
  if (view.peek().entry !== null) open(row);
  else if (by > 0) search.live.pause('reader');
}

/** Closes the panel and gives the focus back to the row it came from. */
export function closeDetail(): void {
  go({ entry: null });
  if (selected.peek() !== null) byId(selected.peek()!)?.focus({ preventScroll: true });
}
