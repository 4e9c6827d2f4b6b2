// A view as parameters of the API ("the selection" of docs/api.md), and as a line for jhctl.

import type { Params } from '../api/client.ts';
import type { Entry } from '../api/types.ts';
import { textOf } from '../text/values.ts';
import type { Around, Pill, View } from './view.ts';

type Pair = readonly [string, string];

/** A value of the search language that stands for itself: quotes, backslashes and stars lose their meaning. */
export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

const test = (pill: Pill): string => `${pill.field}=${quote(pill.value)}`;

/**
 * The search text of a view: what was typed, ANDed with the pills. Wanted values of one field are alternatives.
 * `canonical` is how the collector reads what was typed: only that can be combined with anything.
 */
export function searchText(q: string, canonical: string | null, pills: Pill[]): string {
  if (pills.length === 0) return q.trim();
  const parts: string[] = [];
  if (q.trim()) parts.push(`(${canonical ?? q.trim()})`);
  const wanted = new Map<string, string[]>();
  for (const pill of pills) {
    if (pill.not) continue;
    wanted.set(pill.field, [...(wanted.get(pill.field) ?? []), test(pill)]);
  }
  for (const tests of wanted.values()) parts.push(tests.length > 1 ? `(${tests.join(' OR ')})` : tests[0]!);
  for (const pill of pills) if (pill.not) parts.push(`NOT ${test(pill)}`);
  return parts.join(' ');
}

export interface Selecting {
  canonical: string | null;
  /** The browser's zone, for times typed without one. */
  timeZone: string;
}

/** The parameters that select a view's entries. */
export function selection(view: View, how: Selecting): Pair[] {
  const out: Pair[] = [];
  const q = searchText(view.q, how.canonical, view.pills);
  if (q) out.push(['q', q]);
  if (view.priority !== null) out.push(['priority', String(view.priority)]);
  if (view.since) out.push(['since', view.since]);
  if (view.until) out.push(['until', view.until]);
  if (view.since || view.until) out.push(['tz', view.zone === 'utc' ? 'UTC' : how.timeZone]);
  return out;
}

/** The parameters that select the neighbours of an entry: the rule of `same=` in `/api/v1/context`. */
export function neighbours(entry: Entry, scope: Around): Pair[] {
  if (scope === 'all') return [];
  const out: Pair[] = [];
  const put = (fields: string[]) => {
    const field = fields.find((name) => textOf(entry, name) !== '');
    if (field) out.push(['match', `${field}=${textOf(entry, field)}`]);
  };
  put(['_MACHINE_ID', '_HOSTNAME']);
  if (scope === 'unit') put(['_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER', '_TRANSPORT']);
  return out;
}

const SHELL_SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;
const shell = (word: string): string => (SHELL_SAFE.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** The same search for a terminal. */
export function jhctlLine(view: View, params: Params): string {
  const words = ['jhctl'];
  for (const [name, value] of params) {
    if (name === 'q') words.push('--search', shell(value));
    if (name === 'since') words.push('-S', shell(value));
    if (name === 'until') words.push('-U', shell(value));
    if (name === 'priority') words.push('-p', value);
  }
  if (view.zone === 'utc') words.push('--utc');
  if (!view.until) words.push('-f');
  return words.join(' ');
}
