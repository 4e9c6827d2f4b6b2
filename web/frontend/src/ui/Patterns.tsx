// What the messages have in common: templates with how often, when, and whether anybody said so the day before.

import { signal } from '@preact/signals';
import type { Pattern, PatternsAnswer } from '../api/types.ts';
import { narrowed, patterns } from '../state/digest.ts';
import { go, zone } from '../state/navigation.ts';
import { count, plural } from '../text/numbers.ts';
import { exact, typed } from '../text/time.ts';
import { DigestBar } from './DigestBar.tsx';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';
import { Spark } from './Spark.tsx';
import { Text } from './Text.tsx';

const onlyNew = signal(false);

export function Patterns() {
  const answer = patterns.data.value;
  const error = patterns.error.value;
  const fresh = answer?.patterns.filter((pattern) => pattern.new) ?? [];
  const shown = onlyNew.value ? fresh : (answer?.patterns ?? []);
  return (
    <main class="digest patterns" aria-busy={patterns.busy.value}>
      <DigestBar title="Patterns" resource={patterns}>
        {answer && <span class="dim">{plural(answer.patterns.length + answer.other, 'pattern')} in {plural(answer.scanned, 'message')}</span>}
        {(fresh.length > 0 || onlyNew.value) && (
          <button type="button" class="button small" aria-pressed={onlyNew.value} title="Only those that nobody said in the 24 hours before this range" onClick={() => (onlyNew.value = !onlyNew.value)}>{fresh.length} new</button>
        )}
      </DigestBar>
      {error && <Failure what="The patterns could not be loaded" error={error} retry={() => patterns.retry()} />}
      {answer && answer.scanned === 0 && !answer.partial && <p class="dim none">No messages in this range.</p>}
      {answer && shown.length > 0 && <Table answer={answer} shown={shown} />}
      {answer && answer.other > 0 && !onlyNew.value && <p class="dim none">And {plural(answer.other, 'rarer pattern')}.</p>}
      {answer && answer.unlike > 0 && <p class="dim none">{plural(answer.unlike, 'message')} in no pattern: no text, or of too many kinds.</p>}
    </main>
  );
}

function Table({ answer, shown }: { answer: PatternsAnswer; shown: Pattern[] }) {
  return (
    <div class="pattern-scroll" tabIndex={0} role="region" aria-label="Patterns">
      <table>
        <thead>
          <tr><th scope="col" class="number">Messages</th><th scope="col" class="number">Share</th><th scope="col">Trend</th><th scope="col">Pattern</th><th scope="col"><span class="sr">Narrow the search</span></th></tr>
        </thead>
        <tbody>{shown.map((pattern) => <Row key={pattern.search} pattern={pattern} answer={answer} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ pattern, answer }: { pattern: Pattern; answer: PatternsAnswer }) {
  const inLog = (range = {}) => go({ page: 'logs', q: narrowed(answer, pattern.search), around: null, entry: null, ...range });
  const when = `First ${exact(pattern.first, zone.value).slice(0, 19)}, last ${exact(pattern.last, zone.value).slice(0, 19)}`;
  return (
    <tr class={pattern.new ? 'new' : undefined}>
      <td class="number">{count(pattern.count)}</td>
      <td class="number share"><span class="share-bar" style={{ width: `${Math.max(1, 100 * pattern.share)}%` }} />{percent(pattern.share)}</td>
      <td class="trend" title={when}><Spark counts={pattern.counts} start={answer.start} interval={answer.interval} what="messages" pick={(from, until) => inLog({ since: typed(from), until: typed(until) })} /></td>
      <th scope="row" title={when}>
        {pattern.new && <span class="badge new-mark" title="Nobody said so in the 24 hours before this range">new</span>}
        <Template text={pattern.template} />
      </th>
      <td class="pattern-actions">
        <button type="button" class="button icon-only small" title="Only these, in the log" aria-label="Show only these in the log" onClick={() => inLog()}><Icon name="only" /></button>
        <button type="button" class="button icon-only small" title="Not these" aria-label="Exclude these" onClick={() => go({ q: narrowed(answer, `NOT ${pattern.search}`) })}><Icon name="not" /></button>
      </td>
    </tr>
  );
}

/** The text of a template; what differs is a mark. */
function Template({ text }: { text: string }) {
  const pieces = text.split('<*>');
  return <code>{text === '' ? <span class="dim">empty</span> : pieces.map((piece, at) => [at > 0 && <span class="hole" title="What differs">*</span>, <Text text={piece} />])}</code>;
}

const percent = (share: number): string => (share >= 0.0995 ? `${Math.round(share * 100)} %` : share >= 0.001 ? `${(share * 100).toFixed(1)} %` : '<0.1 %');
