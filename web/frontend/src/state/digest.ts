// What many entries come down to: the events, or the patterns, of the range. They follow the view while their page is open.

import { computed, effect } from '@preact/signals';
import { getJson, type Params } from '../api/client.ts';
import type { Answer, EventsAnswer, ParseAnswer, PatternsAnswer, ReadAs } from '../api/types.ts';
import { timeZone } from './firstPage.ts';
import { view } from './navigation.ts';
import { Resource } from './resource.ts';
import { selection } from './select.ts';
import { searchKey, type View } from './view.ts';

export const events = new Resource<EventsAnswer>();
export const patterns = new Resource<PatternsAnswer>();

/** Bars of a line over time. */
const EVENT_BARS = 72;
const PATTERN_BARS = 30;
/** Patterns on the page: more than anybody reads, few enough to draw at once. */
const PATTERNS_MOST = '200';
/** Milliseconds between two looks at the events while the range has no end, and at least so many times what the last took. */
const EVERY = 15_000;
const COST = 20;
/** What a line of the newest entries shows. */
const FIELDS = 'MESSAGE,PRIORITY,_HOSTNAME,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER';

/** The parameters that select what the view asks for. An excluded value can only be added to a text that is read. */
async function selected(now: View, signal: AbortSignal): Promise<Params> {
  const typed = now.q.trim();
  const combined = typed !== '' && now.pills.some((pill) => pill.not);
  const canonical = combined ? (await getJson<ParseAnswer>('parse', [['q', typed]], signal)).canonical : null;
  const params = selection(now, { canonical, timeZone });
  // Without an end the collector's range ends at the newest entry; the screen's ends now.
  return now.since && !now.until ? [...params, ['until', 'now']] : params;
}

const loadEvents = (now: View): Promise<unknown> =>
  events.run(async (signal) => {
    const params = await selected(now, signal);
    return getJson<EventsAnswer>('events', [...params, ['buckets', String(EVENT_BARS)], ['clip', '1024'], ['fields', FIELDS]], signal);
  });

/** First what there is; which of it is new takes longer, and comes in a second answer. */
async function loadPatterns(now: View): Promise<void> {
  const ask = (more: Params) => async (signal: AbortSignal) => {
    const params = await selected(now, signal);
    return getJson<PatternsAnswer>('patterns', [...params, ['buckets', String(PATTERN_BARS)], ['limit', PATTERNS_MOST], ...more], signal);
  };
  const first = await patterns.run(ask([]));
  if (first && first.patterns.length > 0) await patterns.run(ask([['new', '1']]));
}

const load = (now: View): Promise<unknown> => (now.page === 'events' ? loadEvents(now) : loadPatterns(now));
const isDigest = (now: View): boolean => now.page === 'events' || now.page === 'patterns';
const shown = computed(() => (isDigest(view.value) ? view.value.page + searchKey({ ...view.value, around: null }) : ''));

/** The page once more, as the search box asks for when Enter is pressed on the same text. */
export const loadAgain = (): void => {
  if (isDigest(view.peek())) void load(view.peek());
};

export function startDigest(): void {
  let key = '';
  let timer = 0;
  // Events come to those who watch. Patterns are read, and stay as they are until they are asked for again.
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const { page, until } = view.peek();
      const open = page === 'events' && until === '' && !document.hidden && !events.busy.peek();
      void (open ? load(view.peek()) : Promise.resolve()).then(later);
    }, Math.max(EVERY, COST * (events.data.peek()?.took_ms ?? 0)));
  };
  effect(() => {
    if (shown.value === key) return;
    key = shown.value;
    if (!key) return;
    (view.peek().page === 'events' ? events : patterns).reset();
    void load(view.peek());
  });
  later();
}

/** The range on the screen, from, until, and how wide a bar is, in microseconds. */
export function digestRange(): [number, number, number] | null {
  const answer = view.value.page === 'patterns' ? patterns.data.value : events.data.value;
  const buckets = (answer && ('kinds' in answer ? answer.kinds : answer.patterns)[0]?.counts.length) ?? 0;
  return answer && buckets > 0 ? [answer.start, answer.start + buckets * answer.interval, answer.interval] : null;
}

/** What was searched for, and `more`, as one query. */
export function narrowed(answer: Answer & { read_as?: ReadAs | null }, more: string): string {
  const typed = view.peek().q.trim();
  const grouped = (text: string) => (/\bOR\b/.test(text) ? `(${text})` : text);
  return typed ? `${grouped(answer.read_as?.canonical ?? typed)} ${grouped(more)}`.trim() : more;
}
