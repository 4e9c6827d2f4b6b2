// Below the toolbar: filters as pills on the left, what the search found and cost on the right.

import { go, view } from '../state/navigation.ts';
import { facetsOpen } from '../state/details.ts';
import { search } from '../state/search.ts';
import { PRIORITIES } from '../text/fields.ts';
import { plural, took } from '../text/numbers.ts';
import { Icon } from './icons.tsx';
import { PanelState } from './PanelState.tsx';
import { PillView } from './Pill.tsx';
import { ViewMenu } from './ViewMenu.tsx';

const LEVELS: [number | null, string][] = [[null, 'All priorities'], [6, 'info and above'], [5, 'notice and above'], [4, 'warning and above'], [3, 'err and above'], [2, 'crit and above']];

export function StatusBar() {
  const { pills, priority } = view.value;
  return (
    <div class="statusbar">
      <button type="button" class="button small filters-toggle" aria-expanded={facetsOpen.value} onClick={() => (facetsOpen.value = !facetsOpen.value)}>
        <Icon name="filter" /> Filters{pills.length ? ` (${pills.length})` : ''}
      </button>
      <select
        class={`level${priority === null ? '' : ' set'}`}
        aria-label="Priority"
        title="The least urgent priority shown (p)"
        value={priority === null ? '' : String(priority)}
        onChange={(event) => go({ priority: event.currentTarget.value === '' ? null : Number(event.currentTarget.value) })}
      >
        {LEVELS.map(([level, name]) => <option value={level === null ? '' : String(level)}>{name}</option>)}
        {priority !== null && !LEVELS.some(([level]) => level === priority) && <option value={String(priority)}>{PRIORITIES[priority]} and above</option>}
      </select>
      <ul class="pills" aria-label="Filters">
        {pills.map((pill) => <PillView key={`${pill.field}=${pill.value}`} pill={pill} />)}
        {pills.length > 1 && (
          <li><button type="button" class="link" onClick={() => go({ pills: [] })}>Clear filters</button></li>
        )}
      </ul>
      <Figures />
    </div>
  );
}

function Figures() {
  const total = search.figures.count.data.value;
  const page = search.list.page.data.value;
  const parsed = search.parse.data.value;
  const failed = search.figures.count.error.value;
  const { histogram, facets, count } = search.figures;
  // What goes on, or was stopped by its reader, says so at its place.
  const ended = [search.list.page, count, histogram, facets].filter((each) => !each.busy.value && !each.stopped.value);
  const reason = ended.map((each) => each.data.value).find((answer) => answer?.partial)?.reason;
  return (
    <div class="figures" aria-busy={search.isAwaited(count)}>
      {parsed?.warnings.map((warning) => <span class="note">{warning}</span>)}
      {reason && <span class="note bad" role="status"><Icon name="warning" /> Partial: {reason}</span>}
      {failed && (
        <span class="note bad" role="alert">Count failed: {failed.message} <button type="button" class="link" onClick={() => void search.figures.loadCount()}>Retry</button></span>
      )}
      {(search.figures.count.progress.value || search.figures.count.stopped.value) && <PanelState what="count" resource={search.figures.count} load={() => void search.figures.loadCount()} />}
      {total && !failed && <strong class={`matched${total.partial ? ' at-least' : ''}`}>{total.partial ? 'at least ' : ''}{plural(total.matched, 'match', 'matches')}</strong>}
      {page && <span class="dim took" title={costs()}>{took(page.took_ms)}</span>}
      <ViewMenu />
      {search.isBusy() ? (
        <button type="button" class="button small" title="Cancel the whole search" onClick={() => search.cancel()}>Cancel</button>
      ) : null}
    </div>
  );
}

function costs(): string {
  const lines = [['rows', search.list.page], ['histogram', search.figures.histogram], ['count', search.figures.count], ['facets', search.figures.facets]] as const;
  return lines.map(([name, resource]) => `${name} ${resource.data.value ? took(resource.data.value.took_ms) : '–'}`).join('\n');
}

