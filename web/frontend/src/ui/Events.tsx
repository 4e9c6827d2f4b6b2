// What the journals tell by themselves: failures, loops, kills, reboots, logins. Each a line over time, and a way into
// the log around it.

import type { Entry, EventKind, EventsAnswer, Value } from '../api/types.ts';
import { events, narrowed } from '../state/digest.ts';
import { go, view, zone } from '../state/navigation.ts';
import { canFilter, togglePill, type Pill, type View } from '../state/view.ts';
import { hostColour, shortHost } from '../text/hosts.ts';
import { count, plural } from '../text/numbers.ts';
import { exact, typed } from '../text/time.ts';
import { asText, textOf } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { DigestBar } from './DigestBar.tsx';
import { Failure } from './Failure.tsx';
import { Spark } from './Spark.tsx';
import { Text } from './Text.tsx';

export function Events() {
  const answer = events.data.value;
  const error = events.error.value;
  const found = answer?.kinds.filter((kind) => kind.matched > 0) ?? [];
  const none = answer?.kinds.filter((kind) => kind.matched === 0) ?? [];
  return (
    <main class="digest events" aria-busy={events.busy.value}>
      <DigestBar title="Events" resource={events} />
      {error && <Failure what="The events could not be loaded" error={error} retry={() => events.retry()} />}
      {answer && found.map((kind) => <Kind key={kind.kind} kind={kind} answer={answer} />)}
      {answer && found.length === 0 && !answer.partial && <p class="all-quiet">Nothing happened in this range.</p>}
      {none.length > 0 && <p class="dim none"><strong>None of:</strong> {none.map((kind) => kind.title).join(', ')}.</p>}
    </main>
  );
}

/** Hosts, and entries, that a kind shows. */
const HOSTS_SHOWN = 5;

function Kind({ kind, answer }: { kind: EventKind; answer: EventsAnswer }) {
  const { start, interval } = answer;
  const pick = (from: number, until: number, pills: Pill[] = []) => openLog(kind, answer, pills, { since: typed(from), until: typed(until) });
  const more = kind.other_hosts + Math.max(0, kind.hosts.length - HOSTS_SHOWN);
  return (
    <section class={`event ${kind.level}`} aria-labelledby={`event-${kind.kind}`}>
      <div class="event-head">
        <h2 id={`event-${kind.kind}`}><span class="event-count">{count(kind.matched)}</span> {kind.title}</h2>
        <p class="dim">{kind.advice}</p>
        {kind.lost ? <p>{plural(kind.lost, 'message')} lost in all.</p> : null}
        {kind.search && <button type="button" class="link" onClick={() => openLog(kind, answer)}>Show in the log</button>}
      </div>
      <div class="event-when">
        <Spark counts={kind.counts} start={start} interval={interval} what={kind.title.toLowerCase()} pick={pick} />
        <ul class="event-newest" aria-label="The newest">
          {kind.newest.map((entry) => <Newest key={entry.__CURSOR} entry={entry} />)}
        </ul>
      </div>
      <div class="event-where">
        <ul aria-label="Hosts">
          {kind.hosts.slice(0, HOSTS_SHOWN).map((host) => {
            const name = nameOf(host.value);
            const pills = host.value === null ? [] : pillsOf('_HOSTNAME', host.value);
            return (
              <li key={name}>
                <button type="button" class={`link host-link h${hostColour(name)}`} title={`Show those of ${name} in the log`} disabled={pills.length === 0} onClick={() => openLog(kind, answer, pills)}>{visible(shortHost(name))}</button>
                <Spark counts={host.counts} start={start} interval={interval} what={`on ${name}`} pick={(from, until) => pick(from, until, pills)} />
                <span class="number">{count(host.count)}</span>
              </li>
            );
          })}
          {more > 0 && <li class="dim">and {plural(more, 'more host')}</li>}
        </ul>
        {kind.subjects.length > 0 && (
          <ul class="event-subjects" aria-label="About">
            {kind.subjects.map((subject) => (
              <li><button type="button" class="chip" title={`${subject.field}: show these in the log`} onClick={() => openLog(kind, answer, pillsOf(subject.field, subject.value))}>{visible(nameOf(subject.value))} <span class="dim">{count(subject.count)}</span></button></li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

/** One event: a click shows what stands around it on its host. */
function Newest({ entry }: { entry: Entry }) {
  const at = Number(entry.__REALTIME_TIMESTAMP);
  const host = textOf(entry, '_HOSTNAME');
  const around = () => go({ page: 'logs', around: entry.__CURSOR, entry: null, scope: 'host' });
  return (
    <li>
      <button type="button" class="event-line" title={`${exact(at, zone.value)} on ${host}: what happened around it`} onClick={around}>
        <time>{exact(at, zone.value).slice(5, 19)}</time>
        <span class={`h${hostColour(host)}`}><Text text={shortHost(host)} /></span>
        <span class="ellipsis"><Text text={textOf(entry, 'MESSAGE').split('\n')[0]!} /></span>
      </button>
    </li>
  );
}

const nameOf = (value: Value | null): string => (value === null ? 'no name' : asText(value));

function pillsOf(field: string, value: Value): Pill[] {
  const text = asText(value);
  return canFilter(text) ? [{ field, value: text, not: false }] : [];
}

/** The log of these events, within what the page shows. */
function openLog(kind: EventKind, answer: EventsAnswer, pills: Pill[] = [], range: Partial<View> = {}): void {
  const now = view.peek();
  const q = narrowed(answer, kind.search ?? '');
  const fresh = pills.filter((pill) => !now.pills.some((other) => other.field === pill.field && other.value === pill.value && !other.not));
  go({ page: 'logs', q, pills: fresh.reduce(togglePill, now.pills), around: null, entry: null, ...range });
}
