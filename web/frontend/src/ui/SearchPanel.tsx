// Below the search box: what could be typed next, earlier searches, and while nothing is typed how to search.

import { useEffect } from 'preact/hooks';
import { forget, type Suggestion } from '../state/suggest.ts';
import { visible } from '../text/visible.ts';
import { EXAMPLES } from './Help.tsx';
import { Icon } from './icons.tsx';

interface Props {
  offers: readonly Suggestion[];
  active: number;
  take: (offer: Suggestion) => void;
}

/** Examples that fit below a box; the help page has them all. */
const SHOWN = 6;

export function SearchPanel({ offers, active, take }: Props) {
  useEffect(() => {
    document.getElementById(`q-offer-${active}`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    // The box keeps the focus whatever is pressed here.
    <div class="search-panel" onPointerDown={(event) => event.preventDefault()} onMouseDown={(event) => event.preventDefault()}>
      {offers.length > 0 && (
        <ul id="q-offers" role="listbox" aria-label="Suggestions">
          {offers.map((offer, at) => (
            <li id={`q-offer-${at}`} role="option" aria-selected={at === active} class={at === active ? 'active' : ''} onClick={() => take(offer)}>
              <span class="offer-icon"><Icon name={offer.kind === 'history' ? 'clock' : offer.kind === 'name' ? 'filter' : 'only'} /></span>
              <code class="ellipsis">{visible(offer.text)}</code>
              <span class="dim">{offer.about}</span>
            </li>
          ))}
        </ul>
      )}
      {offers.length > 0 ? (
        <p class="search-keys dim">
          <span><kbd>↑</kbd> <kbd>↓</kbd> choose</span> <span><kbd>Tab</kbd> take</span> <span><kbd>Enter</kbd> search</span>
          {offers.some((offer) => offer.kind === 'history') && (
            <button type="button" class="link" tabIndex={-1} onClick={forget}>Forget searches</button>
          )}
        </p>
      ) : (
        <table class="search-help" aria-label="Search language">
          <tbody>
            {EXAMPLES.slice(0, SHOWN).map(([q, words]) => <tr key={q}><td><code>{q}</code></td><td class="dim">{words}</td></tr>)}
          </tbody>
        </table>
      )}
    </div>
  );
}
