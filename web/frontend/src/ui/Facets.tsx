// The sidebar: the most frequent values of the fields people narrow by. Click: only this. Alt-click or −: not this.

import type { Facet } from '../api/types.ts';
import { facetsOpen, hostNames } from '../state/details.ts';
import { isNamed } from '../state/facets.ts';
import { humanValue } from '../state/human.ts';
import { go, toggle, view } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { facetFields } from '../state/settings.ts';
import { canFilter } from '../state/view.ts';
import { FACET_FIELDS, labelOf, priorityOf } from '../text/fields.ts';
import { hostColour } from '../text/hosts.ts';
import { count, short } from '../text/numbers.ts';
import { asText } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { AddField } from './AddField.tsx';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';
import { PanelState } from './PanelState.tsx';

export function FacetsPanel() {
  const answer = search.figures.facets.data.value;
  const error = search.figures.facets.error.value;
  const fields = facetFields.value;
  const isAwaited = search.isAwaited(search.figures.facets);
  return (
    <aside class={`facets${facetsOpen.value ? ' open' : ''}${isAwaited ? ' busy' : ''}`} aria-label="Filters" aria-busy={isAwaited}>
      <PanelState what="facets" resource={search.figures.facets} load={() => void search.figures.loadFacets()} />
      {error && <Failure what="No facets" error={error} retry={() => void search.figures.loadFacets()} />}
      {answer?.facets.filter((facet) => fields.includes(facet.field)).map((facet) => <FacetView key={facet.field} facet={facet} />)}
      {answer && (
        <div class="facet-more">
          <AddField label="Field to add to the filters" placeholder="Filter by a field" id="facet" add={(name) => (facetFields.value = [...new Set([...fields, name])])} />
          {fields.join() !== FACET_FIELDS.join() && <button type="button" class="link" onClick={() => (facetFields.value = FACET_FIELDS)}>The usual fields</button>}
        </div>
      )}
    </aside>
  );
}

interface Shown {
  text: string;
  n: number;
}

/** What of a facet is shown: by count, priorities by urgency, which is how people look for them; what is typed narrows. */
function shownOf(facet: Facet, typed: string | undefined): Shown[] {
  const values = facet.values.map((value): Shown => ({ text: asText(value.value), n: value.count }));
  if (facet.field === 'PRIORITY') values.sort((a, b) => (a.text < b.text ? -1 : 1));
  const needle = (typed ?? '').trim().toLowerCase();
  // The collector has searched the values that are stored, this searches those that have a name.
  return needle && isNamed(facet.field) ? values.filter(({ text }) => `${text} ${humanValue(facet.field, text)}`.toLowerCase().includes(needle)) : values;
}

function FacetView({ facet }: { facet: Facet }) {
  const { field } = facet;
  const typed = search.figures.facetSearch.value.get(field);
  const values = shownOf(facet, typed);
  const highest = Math.max(1, ...values.map((value) => value.n));
  const wide = search.figures.wideFacets.value.has(field);
  const chosen = view.value.pills.filter((pill) => pill.field === field);
  const absent = chosen.filter((pill) => !values.some((value) => value.text === pill.value));
  const title = labelOf(field);
  return (
    <section class="facet" aria-label={`Filter by ${title}`}>
      <header>
        <h2 title={field}>{title}</h2>
        <span class="facet-actions">
          <button type="button" aria-pressed={typed !== undefined} title="Search its values" aria-label={`Search the values of ${title}`} onClick={() => search.figures.searchFacet(field, typed === undefined ? '' : null)}><Icon name="search" /></button>
          <button type="button" aria-pressed={view.value.by === field} title="Stack the bars by it" aria-label={`Stack the bars by ${title}`} onClick={() => go({ by: field }, 'replace')}><Icon name="bars" /></button>
          <button type="button" title="Take it out of the sidebar" aria-label={`Take ${title} out of the sidebar`} onClick={() => (facetFields.value = facetFields.peek().filter((name) => name !== field))}><Icon name="close" /></button>
        </span>
      </header>
      {typed !== undefined && <Find field={field} title={title} typed={typed} />}
      {facet.reason && <p class="note bad">{facet.reason}</p>}
      <ul>
        {absent.map((pill) => <ValueRow key={pill.value} field={field} text={pill.value} n={null} part={0} />)}
        {values.map(({ text, n }) => <ValueRow key={text} field={field} text={text} n={n} part={n / highest} />)}
      </ul>
      {values.length === 0 && absent.length === 0 && <p class="dim none">none</p>}
      {(facet.other > 0 || wide) && typed === undefined && (
        <button type="button" class="link more-values" onClick={() => search.figures.widenFacet(field, !wide)}>
          {wide ? 'Show fewer' : `${count(facet.other)} more`}
        </button>
      )}
      {typed && facet.other > 0 && <p class="dim none">and {count(facet.other)} more</p>}
    </section>
  );
}

function Find({ field, title, typed }: { field: string; title: string; typed: string }) {
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    search.figures.searchFacet(field, null);
  };
  return (
    <input
      class="facet-find"
      ref={(element) => { if (element && !typed && document.activeElement !== element) element.focus(); }}
      aria-label={`Find a value of ${title}`}
      placeholder="Find a value"
      autocomplete="off"
      spellcheck={false}
      value={typed}
      onInput={(event) => search.figures.searchFacet(field, event.currentTarget.value)}
      onKeyDown={leave}
    />
  );
}

interface ValueProps {
  field: string;
  text: string;
  /** Null: not among the counted. */
  n: number | null;
  part: number;
}

/** Characters of a raw value beside its name; of a longer one fewer, the rest is in the tooltip. */
const RAW_MOST = 8;
const RAW_CUT = 4;

function ValueRow({ field, text, n, part }: ValueProps) {
  const pill = view.value.pills.find((each) => each.field === field && each.value === text);
  const words = humanValue(field, text);
  const name = visible(words || text) || '(empty)';
  const possible = canFilter(text);
  const level = field === 'PRIORITY' ? priorityOf(text) : null;
  if (field === '_HOSTNAME') void hostNames.value;
  const kind = field === '_HOSTNAME' ? `h${hostColour(text)}` : '';
  const filter = (not: boolean) => toggle({ field, value: text, not });
  const raw = words ? ` (${visible(text)})` : '';
  return (
    <li class={pill ? (pill.not ? 'excluded' : 'included') : ''}>
      <span class={`facet-bar ${level === null ? '' : `level${level}`}`} style={{ width: `${part * 100}%` }} />
      <button
        type="button"
        class="facet-value"
        disabled={!possible}
        aria-pressed={pill ? !pill.not : false}
        title={`${name}${raw}${n === null ? '' : `: ${count(n)}`}. Click: only this. Alt-click: not this`}
        onClick={(event) => filter(event.altKey)}
      >
        {level !== null && <span class={`swatch level${level}`} />}
        <span class={`ellipsis ${kind}`}>{name}</span>
        {words && <span class="facet-raw">{text.length > RAW_MOST ? `${visible(text.slice(0, RAW_CUT))}…` : visible(text)}</span>}
        <span class="facet-count">{n === null ? '' : short(n)}</span>
      </button>
      <button type="button" class="facet-not" disabled={!possible} aria-pressed={pill?.not ?? false} aria-label={`Exclude ${name}`} title="Not this" onClick={() => filter(true)}>
        <Icon name="not" />
      </button>
    </li>
  );
}
