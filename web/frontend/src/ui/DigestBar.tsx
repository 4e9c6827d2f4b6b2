// The head of a page that is about the whole range: what it is of, the filters that hold, what it took.

import type { ComponentChildren } from 'preact';
import type { Answer } from '../api/types.ts';
import { digestRange, loadAgain } from '../state/digest.ts';
import { go, view, zone } from '../state/navigation.ts';
import type { Loading } from '../state/resource.ts';
import { nameOf } from '../state/human.ts';
import { labelOf, PRIORITIES } from '../text/fields.ts';
import { span, took } from '../text/numbers.ts';
import { exact } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';

interface Props {
  title: string;
  resource: Loading<Answer> & { cancel(): void };
  children?: ComponentChildren;
}

export function DigestBar({ title, resource, children }: Props) {
  const { pills, priority } = view.value;
  const answer = resource.data.value;
  const busy = resource.busy.value;
  const range = digestRange();
  return (
    <header class="digest-bar">
      <h1>{title}</h1>
      {children}
      {range && <span class="dim digest-range">{exact(range[0], zone.value).slice(0, 16)} – {exact(range[1], zone.value).slice(0, 16)}, {span(range[2])} a bar</span>}
      <ul class="pills" aria-label="Filters">
        {pills.map((pill) => {
          const value = visible(nameOf(pill.field, pill.value));
          return (
            <li class={`pill${pill.not ? ' not' : ''}`}>
              <span class="pill-text"><span class="pill-field">{pill.not ? 'not ' : ''}{labelOf(pill.field).toLowerCase()}</span> {value}</span>
              <button type="button" class="pill-remove" aria-label={`Remove the filter ${labelOf(pill.field)} ${value}`} title="Remove" onClick={() => go({ pills: pills.filter((each) => each !== pill) })}><Icon name="close" /></button>
            </li>
          );
        })}
        {priority !== null && <li class="pill"><span class="pill-text">{PRIORITIES[priority]} and above</span><button type="button" class="pill-remove" aria-label="Remove the filter Priority" title="Remove" onClick={() => go({ priority: null })}><Icon name="close" /></button></li>}
      </ul>
      <div class="figures">
        {answer?.partial && <span class="note bad" role="status"><Icon name="warning" /> Partial: {answer.reason}</span>}
        {answer && !busy && <span class="dim took" title="What the collector took to answer">{took(answer.took_ms)}</span>}
        {!busy && <button type="button" class="button small" onClick={loadAgain}>Refresh</button>}
        {busy && <button type="button" class="button small" onClick={() => resource.cancel()}>Cancel</button>}
      </div>
    </header>
  );
}
