// While the list shows the surroundings of an entry: what they are, how wide, and the way back.

import { go, view, zone } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import type { ContextAnswer } from '../api/types.ts';
import type { Around } from '../state/view.ts';
import { took } from '../text/numbers.ts';
import { exact } from '../text/time.ts';
import { textOf } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';

export function AroundBar() {
  const { around, scope } = view.value;
  if (around === null) return null;
  const answer = search.page.data.value as ContextAnswer | null;
  const entry = answer && 'entry' in answer ? answer.entry : null;
  const host = entry ? visible(textOf(entry, '_HOSTNAME')) : 'its host';
  const unit = entry ? visible(textOf(entry, '_SYSTEMD_UNIT') || textOf(entry, 'SYSLOG_IDENTIFIER') || textOf(entry, '_TRANSPORT')) : 'its unit';
  const scopes: [Around, string][] = [['unit', `${unit} on ${host}`], ['host', host], ['all', 'all hosts']];
  return (
    <div class="around" role="region" aria-label="Around an entry">
      <span class="around-title"><Icon name="context" /> Around {entry ? exact(Number(entry.__REALTIME_TIMESTAMP), zone.value).slice(0, 23) : 'the entry'}</span>
      <div class="group" role="group" aria-label="How wide">
        {scopes.map(([value, name]) => (
          <button type="button" class="button small" aria-pressed={scope === value} onClick={() => go({ scope: value }, 'replace')}>{name}</button>
        ))}
      </div>
      <span class="dim">filters do not apply here</span>
      <span class="grow" />
      {answer && <span class="dim">{took(answer.took_ms)}</span>}
      <button type="button" class="button small" onClick={() => go({ around: null })}><Icon name="close" /> Back to the search</button>
    </div>
  );
}
