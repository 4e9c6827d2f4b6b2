// The rules that notify, what fires, and the one that is being edited.

import { computed, effect, signal } from '@preact/signals';
import { ApiError, change, getJson } from '../api/client.ts';
import type { ParseAnswer } from '../api/types.ts';
import { go, view } from './navigation.ts';
import { Resource } from './resource.ts';
import { wholeSearch } from './select.ts';
import { mayAlert } from './who.ts';

export const KINDS = ['matches', 'new', 'silent', 'gap'] as const;
export type Kind = (typeof KINDS)[number];

/** A rule as the API takes it: docs/alerts.md. */
export interface Rule {
  name: string;
  kind: Kind;
  query?: string;
  above?: number;
  by?: string | null;
  hosts?: string;
  /** Seconds. */
  within: number;
  notify: string[];
  enabled: boolean;
}

export interface Firing {
  /** Microseconds. */
  since: number;
  key: string;
  subject: string;
  value: number;
  summary: string;
}

/** A notification to one receiver. */
export interface Told {
  /** Microseconds: when it was written, and when it was taken, null when it was not. */
  at: number;
  taken: number | null;
  state: string;
  target: string;
  subjects: number;
  why: string | null;
}

export interface KnownRule extends Rule {
  firing: Firing[];
  told: Told[];
  trouble: string | null;
}

interface AlertsAnswer {
  alerts: KnownRule[];
  waiting: number;
}

/** What stands in the form. */
export interface Draft {
  /** Its name before, null for a new rule. */
  old: string | null;
  rule: Rule;
}

export const alerts = new Resource<AlertsAnswer>();
export const draft = signal<Draft | null>(null);
/** Why the last change was refused. */
export const refused = signal<ApiError | null>(null);
/** Things that fire. */
export const firing = computed(() => (alerts.data.value?.alerts ?? []).reduce((sum, rule) => sum + rule.firing.length, 0));

/** Milliseconds between two looks: the collector looks every 15 s; the badge of the tab may be later. */
const EVERY = 5000;
const EVERY_ELSEWHERE = 60_000;

/** Seconds, as the collector has them by default. */
export const WITHIN: Record<Kind, number> = { matches: 300, new: 900, silent: 900, gap: 3600 };

const load = (): Promise<unknown> => alerts.run((signal) => getJson<AlertsAnswer>('alerts', [], signal));
const path = (name: string): string => `alerts/${encodeURIComponent(name)}`;

export const freshRule = (kind: Kind, query = ''): Rule => ({
  name: '', kind, within: WITHIN[kind], notify: [], enabled: true,
  ...(kind === 'matches' || kind === 'new' ? { query, above: 0 } : { hosts: '*' }),
});

/** The rule with what the API takes, and nothing else. */
export function plain(rule: Rule): Rule {
  const { name, kind, within, notify, enabled } = rule;
  const common = { name, kind, within, notify, enabled };
  if (kind === 'silent' || kind === 'gap') return { ...common, hosts: rule.hosts ?? '*' };
  const asked = { ...common, query: rule.query ?? '', above: rule.above ?? 0 };
  return kind === 'matches' ? { ...asked, by: rule.by || null } : asked;
}

/** Whether it was done; if not, `refused` says why. */
async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  refused.value = null;
  try {
    await work();
  } catch (error) {
    refused.value = error instanceof ApiError ? error : new ApiError(0, String(error), '', '', null);
    return false;
  }
  await load();
  return true;
}

export async function save({ old, rule }: Draft): Promise<void> {
  const taken = rule.name !== old && alerts.data.peek()?.alerts.some((other) => other.name === rule.name);
  if (taken) {
    refused.value = new ApiError(409, `There is a rule ${rule.name} already.`, 'Choose another name, or edit that one.', 'name', null);
    return;
  }
  const done = await attempt(async () => {
    await change('PUT', path(rule.name), plain(rule));
    if (old !== null && old !== rule.name) await change('DELETE', path(old));
  });
  if (done) draft.value = null;
}

export const remove = (rule: Rule): Promise<boolean> => attempt(() => change('DELETE', path(rule.name)));
export const enable = (rule: Rule, enabled: boolean): Promise<boolean> => attempt(() => change('PUT', path(rule.name), plain({ ...rule, enabled })));
export const tryOut = (rule: Rule): Promise<boolean> => attempt(() => change('POST', `${path(rule.name)}/test`));

export function edit(rule: Rule | null): void {
  refused.value = null;
  draft.value = { old: rule?.name ?? null, rule: rule ? { ...rule } : freshRule('matches') };
}

/** A new rule for what the page searches for. */
export async function alertOnSearch(): Promise<void> {
  const now = view.peek();
  const typed = now.q.trim();
  let canonical: string | null = null;
  try {
    canonical = typed ? (await getJson<ParseAnswer>('parse', [['q', typed]], new AbortController().signal)).canonical : null;
  } catch {
    // The form takes the text as it was typed, and the collector says what is wrong with it.
  }
  edit(null);
  draft.value = { old: null, rule: freshRule('matches', wholeSearch({ ...now, q: canonical ?? now.q }, canonical)) };
  go({ page: 'alerts', entry: null });
}

export function startAlerts(): void {
  let timer = 0;
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void (document.hidden ? Promise.resolve() : load()).then(later), view.peek().page === 'alerts' ? EVERY : EVERY_ELSEWHERE);
  };
  const open = computed(() => mayAlert.value && view.value.page === 'alerts');
  effect(() => {
    if (!mayAlert.value) return;
    void open.value;
    void load().then(later);
  });
}
