// The one view, and the browser's address and history, which say the same.

import { computed, signal } from '@preact/signals';
import { FIRST_VIEW, formatView, parseView, titleOf, togglePill, type Pill, type View } from './view.ts';

export const view = signal<View>(parseView(location.search));

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

/** Filter by a value, or take that filter away. It leaves the surroundings of an entry, which have no filters. */
export function toggle(pill: Pill): void {
  go({ pills: togglePill(view.peek().pills, pill), around: null, page: 'logs' });
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
