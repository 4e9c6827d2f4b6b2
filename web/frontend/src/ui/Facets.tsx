// The sidebar: the most frequent values of the fields people narrow by. Click: only this. Alt-click or −: not this.

import type { Facet, FacetValue } from '../api/types.ts';
import { facetsOpen } from '../state/details.ts';
import { toggle, view } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { canFilter } from '../state/view.ts';
import { labelOf, priorityOf, shownValue } from '../text/fields.ts';
import { hostColour } from '../text/hosts.ts';
import { count, short } from '../text/numbers.ts';
import { asText } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';

export function FacetsPanel() {
  const answer = search.facets.data.value;
  const error = search.facets.error.value;
  return (
    <aside class={`facets${facetsOpen.value ? ' open' : ''}${search.facets.busy.value ? ' busy' : ''}`} aria-label="Filters">
      {error && <Failure what="No facets" error={error} retry={() => search.facets.retry()} />}
      {answer?.facets.map((facet) => <FacetView key={facet.field} facet={facet} />)}
    </aside>
  );
}

/** Values by count; priorities by urgency, which is how people look for them. */
function ordered(facet: Facet): FacetValue[] {
  return facet.field === 'PRIORITY' ? [...facet.values].sort((a, b) => (asText(a.value) < asText(b.value) ? -1 : 1)) : facet.values;
}

function FacetView({ facet }: { facet: Facet }) {
  const { field } = facet;
  const values = ordered(facet);
  const highest = Math.max(1, ...values.map((value) => value.count));
  const wide = search.wideFacets.value.has(field);
  const chosen = view.value.pills.filter((pill) => pill.field === field);
  const absent = chosen.filter((pill) => !values.some((value) => asText(value.value) === pill.value));
  const title = labelOf(field);
  return (
    <section class="facet">
      <h2>{title}</h2>
      {facet.reason && <p class="note bad">{facet.reason}</p>}
      <ul>
        {absent.map((pill) => <ValueRow key={pill.value} field={field} text={pill.value} n={0} part={0} />)}
        {values.map((value) => {
          const text = asText(value.value);
          return <ValueRow key={text} field={field} text={text} n={value.count} part={value.count / highest} />;
        })}
      </ul>
      {values.length === 0 && absent.length === 0 && <p class="dim none">none</p>}
      {(facet.other > 0 || wide) && (
        <button type="button" class="link more-values" onClick={() => search.widenFacet(field, !wide)}>
          {wide ? 'Show fewer' : `${count(facet.other)} more`}
        </button>
      )}
    </section>
  );
}

interface ValueProps {
  field: string;
  text: string;
  n: number;
  part: number;
}

function ValueRow({ field, text, n, part }: ValueProps) {
  const pill = view.value.pills.find((each) => each.field === field && each.value === text);
  const name = visible(shownValue(field, text)) || '(empty)';
  const possible = canFilter(text);
  const level = field === 'PRIORITY' ? priorityOf(text) : null;
  const kind = field === '_HOSTNAME' ? `h${hostColour(text)}` : '';
  const filter = (not: boolean) => toggle({ field, value: text, not });
  return (
    <li class={pill ? (pill.not ? 'excluded' : 'included') : ''}>
      <span class={`facet-bar ${level === null ? '' : `level${level}`}`} style={{ width: `${part * 100}%` }} />
      <button
        type="button"
        class="facet-value"
        disabled={!possible}
        aria-pressed={pill ? !pill.not : false}
        title={`${name}: ${count(n)}. Click: only this. Alt-click: not this`}
        onClick={(event) => filter(event.altKey)}
      >
        {level !== null && <span class={`swatch level${level}`} />}
        <span class={`ellipsis ${kind}`}>{name}</span>
        <span class="facet-count">{short(n)}</span>
      </button>
      <button type="button" class="facet-not" disabled={!possible} aria-pressed={pill?.not ?? false} aria-label={`Exclude ${name}`} title="Not this" onClick={() => filter(true)}>
        <Icon name="not" />
      </button>
    </li>
  );
}
