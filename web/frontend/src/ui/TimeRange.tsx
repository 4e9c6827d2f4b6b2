// The time range: presets, typed bounds, and steps back and forth.

import { useState } from 'preact/hooks';
import { digestRange } from '../state/digest.ts';
import { bars } from '../state/figures.ts';
import { go, view, zone } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import type { View } from '../state/view.ts';
import type { HistogramAnswer } from '../api/types.ts';
import { bound, lastOf, typed, untyped } from '../text/time.ts';
import { Boots } from './Boots.tsx';
import { Icon } from './icons.tsx';
import { Popover } from './Popover.tsx';

const PRESETS: [string, string][] = [
  ['-5min', '5 minutes'], ['-15min', '15 minutes'], ['-1h', '1 hour'], ['-6h', '6 hours'],
  ['-1d', '24 hours'], ['-7d', '7 days'], ['-30d', '30 days'], ['today', 'Today'],
];

/** Of a range, the part by which it may miss the present. */
const NEAR = 0.05;

/** Microseconds: from this length on, the label of a range leaves out what is below the second. Its title has it. */
const MINUTE = 60_000_000;

/** "2026-01-31 12:00:00 – 13:00:00", and what else a range is called; with `brief` as short as its length allows. */
function describe(since: string, until: string, brief = false): string {
  const [start, end] = [untyped(since), untyped(until)];
  if (brief && start !== null && end !== null && end - start >= MINUTE) return describe(whole(start), whole(end));
  const preset = PRESETS.find(([value]) => value === since);
  if (!until && preset) return since === 'today' ? 'Today' : `Last ${preset[1]}`;
  if (!since && !until) return 'All time';
  const from = since ? bound(since, zone.value) : 'the first';
  if (!until) return since.startsWith('-') ? `Last ${since.slice(1)}` : `Since ${from}`;
  const to = bound(until, zone.value);
  // The same day twice says nothing.
  return `${from} – ${since && from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`;
}

function whole(us: number): string {
  return typed(us - (us % 1_000_000));
}

/** The range on the screen in microseconds, as the histogram covers it. */
export function shownRange(histogram: HistogramAnswer | null): [number, number] | null {
  if (!histogram || histogram.start === 0) return null;
  // Where nothing matches there is no series to count the bars of: they are as many as were asked for.
  const buckets = histogram.series[0]?.counts.length ?? bars();
  return [histogram.start, histogram.start + histogram.interval * buckets];
}

/** The range that is asked for, where its bounds are points in time; otherwise `shown`, that of the bars, which are those
 * of the search before until its own are there. */
export function rangeOf({ since, until }: View, shown: readonly number[] | null): [number, number] | null {
  const [start, end] = [untyped(since), untyped(until)];
  if (start !== null && end !== null) return [start, end + 1];
  return shown && [shown[0]!, shown[1]!];
}

export function setRange(start: number, end: number): void {
  go({ since: typed(Math.round(start)), until: typed(Math.round(end)), around: null });
}

export function TimeRange() {
  const { page, since, until } = view.value;
  const range = rangeOf(view.value, page === 'logs' ? shownRange(search.figures.histogram.data.value) : digestRange());
  const step = (direction: -1 | 1) => {
    if (!range) return;
    const length = range[1] - range[0];
    const now = Date.now() * 1000;
    // While somebody steps back and forth the present moves on: what ends near it ends there.
    if (direction > 0 && range[1] + length >= now - NEAR * length) go({ since: lastOf(length), until: '' });
    else setRange(range[0] + direction * length, range[1] + direction * length - 1);
  };
  return (
    <div class="timerange group">
      <button type="button" class="button icon-only" title="Earlier" aria-label="Earlier" disabled={!range} onClick={() => step(-1)}>
        <Icon name="left" />
      </button>
      <Popover
        class="grow"
        align="right"
        title={`Time range: ${describe(since, until)}`}
        label={<><Icon name="clock" /><span class="ellipsis">{describe(since, until, true)}</span><Icon name="down" /></>}
      >
        {(close) => <Choices close={close} />}
      </Popover>
      <button type="button" class="button icon-only" title="Later" aria-label="Later" disabled={!range || !until} onClick={() => step(1)}>
        <Icon name="right" />
      </button>
    </div>
  );
}

function Choices({ close }: { close: () => void }) {
  const now = view.value;
  const [since, setSince] = useState(now.since);
  const [until, setUntil] = useState(now.until);
  const choose = (from: string, to: string) => {
    go({ since: from.trim(), until: to.trim(), around: null });
    close();
  };
  return (
    <div class="range-panel">
      <ul class="presets">
        {PRESETS.map(([value, name]) => (
          <li>
            <button type="button" aria-pressed={now.since === value && !now.until} onClick={() => choose(value, '')}>
              {name}
            </button>
          </li>
        ))}
        <li>
          <button type="button" aria-pressed={!now.since && !now.until} onClick={() => choose('', '')}>All time</button>
        </li>
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          choose(since, until);
        }}
      >
        <label>
          Since
          <input value={since} placeholder="the first entry" spellcheck={false} autocomplete="off" onInput={(event) => setSince(event.currentTarget.value)} />
        </label>
        <label>
          Until
          <input value={until} placeholder="now, live" spellcheck={false} autocomplete="off" onInput={(event) => setUntil(event.currentTarget.value)} />
        </label>
        <p class="dim">
          As <code>journalctl</code> reads them: <code>-2h</code>, <code>yesterday</code>, <code>09:30</code>, <code>2026-01-31 12:00</code>. Without a zone: {zone.value === 'utc' ? 'UTC' : 'your local time'}.
        </p>
        <button type="submit" class="button primary">Show</button>
        <Boots end={now.until ? rangeOf(now, shownRange(search.figures.histogram.data.value))?.[1] ?? Infinity : Infinity} close={close} />
      </form>
    </div>
  );
}
