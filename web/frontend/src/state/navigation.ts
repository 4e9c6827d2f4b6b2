// The one view, and the browser's address and history, which say the same.

import { computed, signal } from '@preact/signals';
import { FIRST_VIEW, formatView, parseView, titleOf, searchAround, togglePill, type Pill, type View } from './view.ts';

export const view = signal<View>(parseView(location.search));

/** What the surroundings on the screen are kept to, as filters: a host, and a unit. */
export const keptTo = signal<readonly Pill[]>([]);

/** The parts that panels follow one by one. */
export const zone = computed(() => view.value.zone);

/** Change the view. A step that "back" should undo is pushed; what refines the step under way replaces it. */
export function go(change: Partial<View>, how: 'push' | 'replace' = 'push'): void {
  const next = { ...view.peek(), ...change };
  const search = formatView(next);
  if (search === formatView(view.peek())) {
    view.value = next;
    return;
  }
  // "./" and not "": an empty reference would keep the query string.
  if (how === 'push') history.pushState(null, '', search || './');
  else history.replaceState(null, '', search || './');
  show(next);
}

function show(next: View): void {
  view.value = next;
  document.title = titleOf(next);
}

/**
 * Filter by a value, or take that filter away. In the surroundings of an entry, which have no filters, the value begins a
 * search of its own, of their time, host and unit: what was searched for before was left behind there.
 */
export function toggle(pill: Pill): void {
  const { pills, around } = view.peek();
  if (around === null) go({ pills: togglePill(pills, pill), page: 'logs' });
  else go({ ...searchAround(around, Date.now() * 1000), pills: togglePill(keptTo.peek().filter((each) => each.field !== pill.field), pill) });
}

/** Show a field between time and message, or no longer. */
export function toggleColumn(name: string): void {
  const { columns } = view.peek();
  go({ columns: columns.includes(name) ? columns.filter((each) => each !== name) : [...columns, name] }, 'replace');
}

/** Everything of the search back to the first view; zone stays. */
export function clearSearch(): void {
  const { zone, since, until, order, columns } = view.peek();
  go({ ...FIRST_VIEW, zone, since, until, order, columns });
}

export function startNavigation(): void {
  window.addEventListener('popstate', () => show(parseView(location.search)));
  show(view.peek());
}
