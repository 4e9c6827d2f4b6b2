// Nothing to show is a question of its own: no hosts yet, nothing in this range, filters that exclude everything, or a
// field that no entry has.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { getJson, type Params } from '../api/client.ts';
import type { CountAnswer, EntriesAnswer, HistogramAnswer } from '../api/types.ts';
import { fleet } from '../state/details.ts';
import { timeZone } from '../state/firstPage.ts';
import { nameOf } from '../state/human.ts';
import { gapsOf, type GapMark } from '../state/marks.ts';
import { clearSearch, go, toggle, view, zone } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { selection } from '../state/select.ts';
import { allFields } from '../state/suggest.ts';
import type { View } from '../state/view.ts';
import { labelOf, PRIORITIES } from '../text/fields.ts';
import { fieldsAsked, nearest as nearestNames } from '../text/nearest.ts';
import { plural } from '../text/numbers.ts';
import { ago, exact, typed } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { copy } from './clipboard.ts';
import { Icon } from './icons.tsx';
import { setRange } from './TimeRange.tsx';

interface Way {
  text: string;
  matched: number;
  take: () => void;
}

/** Fields offered for one that is unknown. */
const MEANT_MOST = 3;

const ways = signal<Way[]>([]);
/** Microseconds: the newest match outside the range, if any. */
const nearest = signal<number | null>(null);
/** Fields asked for that no entry has, and what may have been meant. */
const unknown = signal<{ name: string; meant: string[] }[]>([]);
const looked = signal(false);
/** Microseconds: from when until when nothing was found. */
const range = signal<[number, number] | null>(null);

export function Empty() {
  const now = view.value;
  const key = JSON.stringify(search.asked.params.value);
  useEffect(() => {
    const controller = new AbortController();
    ways.value = [];
    nearest.value = null;
    range.value = null;
    unknown.value = [];
    looked.value = false;
    void lookAround(now, controller.signal).finally(() => (looked.value = !controller.signal.aborted));
    return () => controller.abort();
  }, [key]);

  const filtered = now.q.trim() !== '' || now.pills.length > 0 || now.priority !== null;
  const nodes = fleet.data.value?.nodes;
  if (!filtered && looked.value && nearest.value === null && nodes && nodes.length === 0) return <FirstSteps />;
  return (
    <div class="empty">
      <h2>{filtered ? 'No entries match' : 'No entries in this range'}</h2>
      {nearest.value !== null && (
        <p>
          The nearest {filtered ? 'match' : 'entry'} is from {exact(nearest.value, zone.value).slice(0, 19)} ({ago(nearest.value, Date.now() * 1000)}).{' '}
          <button type="button" class="button" onClick={() => goTo(nearest.value!)}>Go there</button>
        </p>
      )}
      {unknown.value.map(({ name, meant }) => <Unknown key={name} name={name} meant={meant} />)}
      {gapsHere().map((gap) => (
        <p class="bad"><Icon name="warning" /> {visible(gap.host)}: {plural(gap.last - gap.first + 1, 'entry', 'entries')} of this time missing, {visible(gap.cause)}</p>
      ))}
      {ways.value.length > 0 && (
        <ul class="ways">
          {ways.value.map((way) => (
            <li><button type="button" class="button" onClick={way.take}>{way.text}</button> <span class="dim">{plural(way.matched, 'match', 'matches')}</span></li>
          ))}
        </ul>
      )}
      {filtered && <p><button type="button" class="link" onClick={clearSearch}>Clear the whole search</button></p>}
      {search.live.state.value !== 'off' && <p class="dim">New entries appear here as they arrive.</p>}
    </div>
  );
}

function Unknown({ name, meant }: { name: string; meant: string[] }) {
  // As it was typed: in any case, as a whole word.
  const inQuery = new RegExp(`(?<![\\w.])${name}(?=[=!:<>])`, 'gi');
  return (
    <p>
      No entry has a field <code>{name}</code>.{meant.length > 0 && ' Did you mean '}
      {meant.map((other) => <><button type="button" class="button small" onClick={() => go({ q: view.peek().q.replace(inQuery, other) })}>{other}</button> </>)}
    </p>
  );
}

/** Gaps that are shown, one a line. */
const GAPS_MOST = 5;

/** What is missing of the range: entries that would be here may have been lost. */
function gapsHere(): GapMark[] {
  if (!range.value) return [];
  const [start, end] = range.value;
  const gaps = gapsOf(fleet.data.value?.nodes ?? [], view.value.pills, null);
  return gaps.filter((gap) => gap.until >= start && (gap.since || gap.until) <= end).slice(0, GAPS_MOST);
}

/** Half an hour around a point in time, or up to now if that is near. */
function goTo(us: number): void {
  const half = 30 * 60 * 1e6;
  if (Date.now() * 1000 - us < half) go({ since: typed(us - half), until: '' });
  else setRange(us - half, us + half);
}

async function lookAround(now: View, signal: AbortSignal): Promise<void> {
  const canonical = search.parse.data.peek()?.canonical ?? null;
  const paramsOf = (other: View): Params => selection(other, { canonical, timeZone });
  const without: { text: string; view: View; take: () => void }[] = now.pills.map((pill) => ({
    text: `Remove ${pill.not ? 'not ' : ''}${labelOf(pill.field).toLowerCase()} ${visible(nameOf(pill.field, pill.value))}`,
    view: { ...now, pills: now.pills.filter((each) => each !== pill) },
    take: () => toggle(pill),
  }));
  if (now.q.trim()) without.push({ text: 'Remove the search text', view: { ...now, q: '' }, take: () => go({ q: '' }) });
  if (now.priority !== null) {
    without.push({ text: `Show priorities below ${PRIORITIES[now.priority]}`, view: { ...now, priority: null }, take: () => go({ priority: null }) });
  }
  const newest = async () => {
    const params: Params = [...paramsOf({ ...now, since: '', until: '' }), ['order', 'newest'], ['limit', '1'], ['fields', '_HOSTNAME']];
    const answer = await getJson<EntriesAnswer>('entries', params, signal);
    const entry = answer.entries[0];
    if (entry) nearest.value = Number(entry.__REALTIME_TIMESTAMP);
  };
  const measure = async (each: (typeof without)[number]) => {
    const answer = await getJson<CountAnswer>('count', paramsOf(each.view), signal);
    if (answer.matched > 0) ways.value = [...ways.value, { text: each.text, matched: answer.matched, take: each.take }];
  };
  const bounds = async () => {
    const answer = await getJson<HistogramAnswer>('histogram', [...paramsOf(now), ['buckets', '1']], signal);
    range.value = [answer.start, now.until ? answer.start + answer.interval : Infinity];
  };
  const fields = async () => {
    const asked = fieldsAsked(canonical ?? '');
    if (asked.length === 0) return;
    const stored = await allFields();
    if (!signal.aborted && stored.length > 0) unknown.value = asked.filter((name) => !stored.includes(name)).map((name) => ({ name, meant: nearestNames(name, stored, MEANT_MOST) }));
  };
  // Each is an offer: one that fails is not made.
  await Promise.allSettled([newest(), bounds(), fields(), ...without.map(measure)]);
}

function FirstSteps() {
  const collector = new URL('./', document.baseURI).href.replace(/\/$/, '');
  const line = `journalhub shipper --collector ${collector}`;
  return (
    <div class="empty">
      <h2>No entries yet</h2>
      <p>Start a shipper on each host, with access to its journal (group <code>systemd-journal</code>):</p>
      <p class="command"><code>{line}</code> <button type="button" class="button" onClick={() => void copy(line, 'the command')}>Copy</button></p>
      <p>Or let a stock <code>systemd-journal-upload</code> send here: <code>URL={collector}</code> in <code>journal-upload.conf</code>.</p>
      <p class="dim">Entries appear here as they arrive.</p>
    </div>
  );
}
