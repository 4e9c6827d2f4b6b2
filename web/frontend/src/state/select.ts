// A view as parameters of the API ("the selection" of docs/api.md), and as a line for jhctl.

import type { Params } from '../api/client.ts';
import type { Entry } from '../api/types.ts';
import { textOf } from '../text/values.ts';
import type { Around, Pill, View } from './view.ts';

type Pair = readonly [string, string];

/** A value of the search language that stands for itself. */
export function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * The search text of a view: what was typed, and none of the excluded values. (Wanted values are `match` parameters,
 * which leave the text as it is.) `canonical` is how the collector reads what was typed: only that can be combined.
 */
export function searchText(q: string, canonical: string | null, pills: Pill[], condition = ''): string {
  const excluded = pills.filter((pill) => pill.not).map((pill) => `NOT ${pill.field}=${quote(pill.value)}`);
  if (condition) excluded.push(condition);
  const typed = q.trim();
  if (excluded.length === 0 || !typed) return typed || excluded.join(' ');
  const reading = canonical ?? typed;
  // Parentheses only where they matter: a canonical text may hold words such as "smile:)".
  return [/\bOR\b/.test(reading) ? `(${reading})` : reading, ...excluded].join(' ');
}

/** Everything that a view asks for but its time, as one text of the search language. */
export function wholeSearch(view: Pick<View, 'q' | 'pills' | 'priority'>, canonical: string | null): string {
  const wanted = new Map<string, string[]>();
  for (const pill of view.pills) if (!pill.not) wanted.set(pill.field, [...(wanted.get(pill.field) ?? []), `${pill.field}=${quote(pill.value)}`]);
  const conditions = [...wanted.values()].map((values) => (values.length > 1 ? `(${values.join(' OR ')})` : values[0]!));
  if (view.priority !== null) conditions.push(`priority<=${view.priority}`);
  return searchText(view.q, canonical, view.pills, conditions.join(' '));
}

/** Whether the filters leave the entries of a host, as far as they name hosts. */
export function hostFilter(pills: readonly Pill[]): (host: string) => boolean {
  const named = pills.filter((pill) => pill.field === '_HOSTNAME');
  const wanted = new Set(named.filter((pill) => !pill.not).map((pill) => pill.value));
  const unwanted = new Set(named.filter((pill) => pill.not).map((pill) => pill.value));
  return (host) => !unwanted.has(host) && (wanted.size === 0 || wanted.has(host));
}

export interface Selecting {
  canonical: string | null;
  /** The browser's zone, for times typed without one. */
  timeZone: string;
}

/** The parameters that select a view's entries; with `condition`, those of them that it holds for. */
export function selection(view: View, how: Selecting, condition = ''): Pair[] {
  const out: Pair[] = [];
  const q = searchText(view.q, how.canonical, view.pills, condition);
  if (q) out.push(['q', q]);
  // Alternatives within a field, conditions across fields: journalctl's rule is the sidebar's.
  for (const pill of view.pills) if (!pill.not) out.push(['match', `${pill.field}=${pill.value}`]);
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

/** The same as filters that people read: the host by its name. */
export function scopePills(entry: Entry, scope: Around): Pill[] {
  const fields = scope === 'all' ? [] : scope === 'host' ? [['_HOSTNAME']] : [['_HOSTNAME'], ['_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER', '_TRANSPORT']];
  return fields.flatMap((names) => {
    const field = names.find((name) => textOf(entry, name) !== '');
    return field ? [{ field, value: textOf(entry, field), not: false }] : [];
  });
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
    if (name === 'match') words.push(shell(value));
  }
  if (view.zone === 'utc') words.push('--utc');
  if (!view.until) words.push('-f');
  return words.join(' ');
}

/** A request for an address, as a line for a shell. */
export const curlLine = (url: string): string => `curl -sS --compressed ${shell(url)}`;
