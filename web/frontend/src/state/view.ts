// What the page shows, and how the address says it. Everything that someone may want to send to a colleague is here.

import { isBinary } from '../text/values.ts';
import { FIELD_NAME, ROW_FIELDS } from '../text/fields.ts';
import { typed, type Zone } from '../text/time.ts';

/** One value of a field, asked for or excluded. */
export interface Pill {
  field: string;
  value: string;
  not: boolean;
}

/** How far around an entry to look. */
export type Around = 'unit' | 'host' | 'all';

export const PAGES = ['logs', 'patterns', 'events', 'fleet', 'alerts'] as const;
export type Order = 'newest' | 'oldest';

export interface View {
  page: (typeof PAGES)[number];
  q: string;
  /** As typed; empty for "from the first entry". */
  since: string;
  /** As typed; empty for "until now", which is what can be followed live. */
  until: string;
  /** The least urgent level shown, 0..7, or null for all entries. */
  priority: number | null;
  pills: Pill[];
  zone: Zone;
  /** The field whose values the bars are stacked by. */
  by: string;
  /** Which entries stand on top. */
  order: Order;
  /** The fields between time and message. */
  columns: string[];
  /** The cursor of the entry in the detail panel. */
  entry: string | null;
  /** The list shows what stands around this entry (a cursor) instead of the search. */
  around: string | null;
  scope: Around;
}

export const DEFAULT_SINCE = '-1h';

export const DEFAULT_COLUMNS: string[] = ['_HOSTNAME', 'SYSLOG_IDENTIFIER'];

export const FIRST_VIEW: View = {
  page: 'logs', q: '', since: DEFAULT_SINCE, until: '', priority: null, pills: [], zone: 'local', by: 'PRIORITY', order: 'newest', columns: DEFAULT_COLUMNS,
  entry: null, around: null, scope: 'host',
};

/** The view that a query string names; what it does not name or names wrongly is the default. */
export function parseView(search: string): View {
  const params = new URLSearchParams(search);
  const priority = params.get('priority') ?? '';
  const scope = params.get('scope');
  return {
    page: PAGES.find((page) => page === params.get('page')) ?? 'logs',
    q: params.get('q') ?? '',
    since: params.get('since') ?? (params.has('until') ? '' : DEFAULT_SINCE),
    until: params.get('until') ?? '',
    priority: /^[0-7]$/.test(priority) ? Number(priority) : null,
    pills: params.getAll('f').map(parsePill).filter((pill) => pill !== null),
    zone: params.get('tz') === 'utc' ? 'utc' : 'local',
    by: FIELD_NAME.test(params.get('by') ?? '') ? params.get('by')! : 'PRIORITY',
    order: params.get('order') === 'oldest' ? 'oldest' : 'newest',
    columns: params.has('columns') ? parseColumns(params.get('columns')!) : DEFAULT_COLUMNS,
    entry: params.get('entry') || null,
    around: params.get('around') || null,
    scope: scope === 'unit' || scope === 'all' ? scope : 'host',
  };
}

/** The query string of a view, "" for the first one. `parseView(formatView(view))` is `view`. */
export function formatView(view: View): string {
  const params = new URLSearchParams();
  const put = (name: string, value: string | null, standard: string | null) => {
    if (value !== null && value !== standard) params.append(name, value);
  };
  put('page', view.page, 'logs');
  put('q', view.q, '');
  put('since', view.since, view.until ? '' : DEFAULT_SINCE);
  put('until', view.until, '');
  put('priority', view.priority === null ? null : String(view.priority), null);
  for (const pill of view.pills) params.append('f', `${pill.not ? '!' : ''}${pill.field}=${pill.value}`);
  put('tz', view.zone, 'local');
  put('by', view.by, 'PRIORITY');
  put('order', view.order, 'newest');
  put('columns', view.columns.join(','), DEFAULT_COLUMNS.join(','));
  put('entry', view.entry, null);
  put('around', view.around, null);
  if (view.around) put('scope', view.scope, 'host');
  const text = params.toString();
  return text ? `?${text}` : '';
}

/** Names as journald has them; those with `__` are no fields but an entry's address. */
const PILL = /^(!?)((?!__)[A-Z_][A-Z0-9_]{0,63})=([\s\S]*)$/;

/** More columns than these leave no room for the message. */
const COLUMNS_MOST = 12;

function parseColumns(text: string): string[] {
  return [...new Set(text.split(','))].filter((name) => FIELD_NAME.test(name) && name !== 'MESSAGE').slice(0, COLUMNS_MOST);
}

function parsePill(text: string): Pill | null {
  const match = PILL.exec(text);
  return match ? { field: match[2]!, value: match[3]!, not: match[1] === '!' } : null;
}

/** The pills with `pill` added; one of the same value but the other sign is flipped. A pill that is there is taken away. */
export function togglePill(pills: Pill[], pill: Pill): Pill[] {
  const same = pills.find((other) => other.field === pill.field && other.value === pill.value);
  const rest = pills.filter((other) => other !== same);
  return same && same.not === pill.not ? rest : [...rest, pill];
}

/** Microseconds on each side of an entry whose surroundings become a search: half an hour. */
const SIDE = 30 * 60 * 1e6;

/** A search without conditions of the time around an entry, a cursor; it goes on live where that time is not over at `now` (µs). */
export function searchAround(cursor: string, now: number): Partial<View> {
  const us = Number.parseInt(/(?:^|;)t=([0-9a-f]+)/.exec(cursor)?.[1] ?? '', 16);
  const time = Number.isNaN(us) ? {} : { since: typed(us - SIDE), until: us + SIDE < now ? typed(us + SIDE) : '' };
  return { ...time, q: '', pills: [], priority: null, around: null, page: 'logs' };
}

/** Whether a value can be a pill: one that is not UTF-8 cannot be typed. */
export const canFilter = (value: string): boolean => !isBinary(value);

/** Whether two views ask for the same rows. */
export function sameSearch(a: View, b: View): boolean {
  return searchKey(a) === searchKey(b);
}

export function searchKey(view: View): string {
  const shape = [view.order, view.columns.filter((name) => !ROW_FIELDS.includes(name)).sort()];
  return view.around
    ? JSON.stringify(['around', view.around, view.scope, ...shape])
    : JSON.stringify([...shape, view.q.trim(), view.since, view.until, view.priority, view.pills, view.since || view.until ? view.zone : '']);
}

/** A title that tells tabs apart. */
export function titleOf(view: View): string {
  if (view.page === 'fleet') return 'Fleet · Journalhub';
  if (view.page === 'alerts') return 'Alerts · Journalhub';
  const page = view.page === 'logs' ? [] : [`${view.page[0]!.toUpperCase()}${view.page.slice(1)}`];
  const parts = [...page, view.q.trim(), ...view.pills.map((pill) => `${pill.not ? '−' : ''}${pill.value}`)].filter(Boolean);
  return parts.length ? `${parts.join(' · ').slice(0, 80)} · Journalhub` : 'Journalhub';
}
