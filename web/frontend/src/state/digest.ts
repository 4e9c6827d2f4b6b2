// What many entries come down to: the events of the range. It follows the view while its page is open.

import { computed, effect } from '@preact/signals';
import { getJson, type Params } from '../api/client.ts';
import type { EventsAnswer, ParseAnswer } from '../api/types.ts';
import { view } from './navigation.ts';
import { Resource } from './resource.ts';
import { selection } from './select.ts';
import { searchKey, type View } from './view.ts';

export const events = new Resource<EventsAnswer>();

/** Bars of a line over time. */
const BARS = 72;
/** Milliseconds between two looks while the range has no end, and at least so many times what the last one took. */
const EVERY = 15_000;
const COST = 20;
/** What a line of the newest entries shows. */
const FIELDS = 'MESSAGE,PRIORITY,_HOSTNAME,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER';

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The parameters that select what the view asks for. An excluded value can only be added to a text that is read. */
async function selected(now: View, signal: AbortSignal): Promise<Params> {
  const typed = now.q.trim();
  const combined = typed !== '' && now.pills.some((pill) => pill.not);
  const canonical = combined ? (await getJson<ParseAnswer>('parse', [['q', typed]], signal)).canonical : null;
  const params = selection(now, { canonical, timeZone });
  // Without an end the collector's range ends at the newest entry; the screen's ends now.
  return now.since && !now.until ? [...params, ['until', 'now']] : params;
}

function load(now: View): Promise<unknown> {
  return events.run(async (signal) => {
    const params = await selected(now, signal);
    return getJson<EventsAnswer>('events', [...params, ['buckets', String(BARS)], ['clip', '1024'], ['fields', FIELDS]], signal);
  });
}

const shown = computed(() => (view.value.page === 'events' ? searchKey({ ...view.value, around: null }) : ''));

/** The page once more, as the search box asks for when Enter is pressed on the same text. */
export const loadAgain = (): void => void load(view.peek());

export function startDigest(): void {
  let key = '';
  let timer = 0;
  const later = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const open = shown.peek() !== '' && view.peek().until === '' && !document.hidden && !events.busy.peek();
      void (open ? load(view.peek()) : Promise.resolve()).then(later);
    }, Math.max(EVERY, COST * (events.data.peek()?.took_ms ?? 0)));
  };
  effect(() => {
    if (shown.value === key) return;
    key = shown.value;
    if (!key) return;
    events.reset();
    void load(view.peek());
  });
  later();
}

/** The range on the screen in microseconds. */
export function digestRange(): [number, number] | null {
  const answer = events.data.value;
  const buckets = answer?.kinds[0]?.counts.length ?? 0;
  return answer && buckets > 0 ? [answer.start, answer.start + buckets * answer.interval] : null;
}
