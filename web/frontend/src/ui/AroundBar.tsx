// While the list shows the surroundings of an entry: what they are kept to, as pieces that can go, and the way back.

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
  const answer = search.list.page.data.value as ContextAnswer | null;
  const entry = answer && 'entry' in answer ? answer.entry : null;
  const host = entry ? visible(textOf(entry, '_HOSTNAME')) : 'its host';
  const unit = entry ? visible(textOf(entry, '_SYSTEMD_UNIT') || textOf(entry, 'SYSLOG_IDENTIFIER') || textOf(entry, '_TRANSPORT')) : 'its unit';
  const widen = (to: Around) => go({ scope: to }, 'replace');
  return (
    <div class="around" role="region" aria-label="Around an entry">
      <span class="around-title"><Icon name="context" /> Around {entry ? exact(Number(entry.__REALTIME_TIMESTAMP), zone.value).slice(0, 23) : 'the entry'}</span>
      <ul class="pills" aria-label="Kept to">
        {scope !== 'all' && <Scope field="host" value={host} leave={() => widen('all')} />}
        {scope === 'unit' && <Scope field="unit" value={unit} leave={() => widen('host')} />}
        {scope === 'all' && <li class="dim">all hosts</li>}
        {scope === 'all' && <li><button type="button" class="link" onClick={() => widen('host')}>only {host}</button></li>}
        {scope === 'host' && <li><button type="button" class="link" onClick={() => widen('unit')}>only {unit}</button></li>}
      </ul>
      <span class="dim">filters do not apply here</span>
      {answer && <span class="dim">{took(answer.took_ms)}</span>}
      <button type="button" class="button small" onClick={() => go({ around: null })}><Icon name="close" /> Back to the search</button>
    </div>
  );
}

function Scope({ field, value, leave }: { field: string; value: string; leave: () => void }) {
  return (
    <li class="pill">
      <span class="pill-text"><span class="pill-field">{field}</span> {value}</span>
      <button type="button" class="pill-remove" title={`Not only this ${field}`} aria-label={`Not only ${field} ${value}`} onClick={leave}><Icon name="close" /></button>
    </li>
  );
}
