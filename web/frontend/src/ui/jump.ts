// Jumps to the next error, warning or reboot: among the loaded rows, and beyond them wherever the next one is.

import { getJson, isAbort, type Params } from '../api/client.ts';
import type { EntriesAnswer } from '../api/types.ts';
import { say, selected } from '../state/details.ts';
import { knownBoots } from '../state/explanations.ts';
import { view } from '../state/navigation.ts';
import { entryRow, newest, oldest, type Row } from '../state/rows.ts';
import { search } from '../state/search.ts';
import { hostFilter } from '../state/select.ts';
import { chooseRow, rowElements } from './rowKeys.ts';

export type Target = 'error' | 'warning' | 'boot';

/** The least urgent level that counts. */
const LEVELS = { error: 3, warning: 4 } as const;

/** Down (1) or up (-1) the list from the selected row, or from its edge. */
export async function jump(target: Target, by: 1 | -1): Promise<void> {
  const rows = rowElements();
  const at = rows.findIndex((row) => row.dataset['id'] === selected.peek());
  const from = at < 0 ? (by > 0 ? -1 : rows.length) : at;
  const found = target === 'boot' ? bootInSight(rows, from, by) : rows[step(rows, from, by, (row) => isUrgent(row, LEVELS[target]))];
  search.live.pause('reader');
  if (found) {
    chooseRow(found);
    return;
  }
  const older = (by > 0) === (view.peek().order === 'newest');
  try {
    const beyond = await (target === 'boot' ? bootBeyond(older) : entryBeyond(LEVELS[target], older));
    if (beyond === null || !(await search.list.showAt(beyond.realtime, beyond.ord))) say(`No ${target} further ${by > 0 ? 'down' : 'up'}`);
  } catch (error) {
    if (!isAbort(error)) say(`Could not look for the next ${target}`);
  }
}

function step(rows: readonly HTMLElement[], from: number, by: 1 | -1, holds: (row: HTMLElement) => boolean): number {
  let at = from + by;
  while (at >= 0 && at < rows.length && !holds(rows[at]!)) at += by;
  return at;
}

const isUrgent = (row: HTMLElement, most: number): boolean => Array.from({ length: most + 1 }, (_, level) => `p${level}`).some((name) => row.classList.contains(name));

/** The first row of the next boot in sight: the one beside its separator, on the newer side. */
function bootInSight(rows: readonly HTMLElement[], from: number, by: 1 | -1): HTMLElement | undefined {
  const order = view.peek().order;
  const first = [...document.querySelectorAll<HTMLElement>('tr.boot')].map((mark) => {
    const side = (element: Element | null): Element | null => (order === 'newest' ? element!.previousElementSibling : element!.nextElementSibling);
    let row = side(mark);
    while (row && !row.classList.contains('row')) row = side(row);
    return row ? rows.indexOf(row as HTMLElement) : -1;
  }).filter((at) => at >= 0);
  const next = by > 0 ? first.filter((at) => at > from) : first.filter((at) => at < from).reverse();
  return next.length ? rows[next[0]!] : undefined;
}

/** The edge of what is loaded on one side; null when nothing more is there. */
function edge(older: boolean): Row | null {
  const more = older ? search.list.moreOlder.peek() : search.list.moreNewer.peek();
  return (more && (older ? oldest : newest)(search.list.rows.peek())) || null;
}

async function entryBeyond(level: number, older: boolean): Promise<Row | null> {
  const last = edge(older);
  if (last === null) return null;
  const own = search.asked.params.peek();
  const least = Math.min(level, ...own.filter(([name]) => name === 'priority').map(([, value]) => Number(value)));
  const params: Params = [
    ...own.filter(([name]) => name !== 'priority'), ['priority', String(least)],
    ['order', older ? 'newest' : 'oldest'], ['limit', '1'], ['after', `${last.realtime}.${last.ord}`], ['fields', 'PRIORITY'],
  ];
  const answer = await getJson<EntriesAnswer>('entries', params, new AbortController().signal);
  const [entry] = answer.entries;
  return entry ? entryRow(entry) : null;
}

/** Where the next boot of the hosts in view begins, beyond what is loaded. */
async function bootBeyond(older: boolean): Promise<{ realtime: number; ord: number } | null> {
  const last = edge(older);
  if (last === null) return null;
  const isShown = hostFilter(view.peek().pills);
  const times = (await knownBoots()).filter((boot) => isShown(boot.hostname)).map((boot) => boot.first)
    .filter((first) => (older ? first < last.realtime : first > last.realtime));
  if (times.length === 0) return null;
  return { realtime: older ? Math.max(...times) : Math.min(...times), ord: 0 };
}
