// The search box, a combobox: Enter runs, arrows choose from the panel; an error points at its place; "/" comes here.

import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { helpOpen } from '../state/details.ts';
import { loadAgain } from '../state/digest.ts';
import { go, view } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { remember } from '../state/settings.ts';
import { stopSuggesting, suggest, suggestions, type Suggestion } from '../state/suggest.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';
import { SearchPanel } from './SearchPanel.tsx';

const draft = signal(view.peek().q);
effect(() => {
  draft.value = view.value.q;
});
/** Whether the panel below the box is open, and which of its offers the arrow keys are at: by its text, for offers come and go. */
const open = signal(false);
const active = signal('');
const placeOf = (offers: readonly Suggestion[]): number => offers.findIndex((offer) => offer.text === active.value);

export function SearchBar() {
  const input = useRef<HTMLInputElement>(null);
  const error = search.parse.error.value;
  const bad = error !== null && error.status === 400;
  const offers = open.value ? suggestions.value : [];
  const at = placeOf(offers);
  useEffect(() => {
    if (bad && error.at !== null && input.current === document.activeElement) {
      const at = [...draft.peek()].slice(0, error.at).join('').length;
      input.current?.setSelectionRange(at, draft.peek().length);
    }
  }, [error]);
  const look = () => {
    open.value = true;
    active.value = '';
    void suggest(draft.peek(), input.current?.selectionStart ?? draft.peek().length);
  };
  const take = (offer: Suggestion) => {
    draft.value = offer.result.text;
    const box = input.current!;
    box.value = offer.result.text;
    box.setSelectionRange(offer.result.caret, offer.result.caret);
    if (offer.kind === 'history') run();
    else look();
  };
  return (
    <form class={`searchbar${bad ? ' bad' : ''}`} role="search" onSubmit={(event) => { event.preventDefault(); run(); }}>
      <Icon name="search" />
      <input
        id="q"
        ref={input}
        type="text"
        role="combobox"
        aria-label="Search the journals"
        aria-invalid={bad}
        aria-describedby={bad ? 'query-error' : undefined}
        aria-autocomplete="list"
        aria-expanded={offers.length > 0}
        aria-controls={offers.length > 0 ? 'q-offers' : undefined}
        aria-activedescendant={at >= 0 ? `q-offer-${at}` : undefined}
        placeholder='Search: words, "a phrase", unit=ssh.service, priority<=err, /regex/'
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        value={draft.value}
        onInput={(event) => { draft.value = event.currentTarget.value; look(); }}
        onFocus={look}
        onClick={() => { if (!open.peek()) look(); }}
        onBlur={close}
        onKeyDown={(event) => steer(event, take)}
      />
      {!draft.value && <kbd aria-hidden="true">/</kbd>}
      {open.value && (offers.length > 0 || draft.value.trim() === '') && <SearchPanel offers={offers} active={at} take={take} />}
    </form>
  );
}

function run(): void {
  close();
  remember(draft.peek());
  const { page, q, around } = view.peek();
  if (page !== 'logs' && q === draft.peek()) loadAgain();
  else if (q === draft.peek() && !around) search.again();
  else go({ q: draft.peek(), around: null, entry: null });
}

function close(): void {
  open.value = false;
  active.value = '';
  stopSuggesting();
}

/** Keys of the box: arrows choose, Enter and Tab take what is chosen, Escape closes the panel first. */
function steer(event: KeyboardEvent, take: (offer: Suggestion) => void): void {
  const offers = open.peek() ? suggestions.peek() : [];
  const at = placeOf(offers);
  const chosen = offers[at];
  if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && offers.length > 0) {
    const steps = offers.length + 1;
    active.value = offers[((at + 1 + (event.key === 'ArrowDown' ? 1 : steps - 1)) % steps) - 1]?.text ?? '';
  } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen && !event.shiftKey) take(chosen);
  else if (event.key === 'Escape' && open.peek() && offers.length > 0) close();
  else return;
  event.preventDefault();
}

/** What was no query was searched as text: say so, and why, before anyone wonders about the answer. */
export function ReadAsText() {
  const parsed = search.parse.data.value;
  if (parsed?.read_as !== 'text' || view.value.q.trim() === '' || view.value.around || search.parse.error.value) return null;
  return (
    <div class="read-as-text" role="status">
      <span><strong>Read as text:</strong> <code>{visible(parsed.canonical)}</code></span>
      {parsed.why && <span class="dim">{visible(parsed.why)}</span>}
      <button type="button" class="link" onClick={() => (helpOpen.value = true)}>Search language</button>
    </div>
  );
}

/** The query with the place where it breaks, below the box. */
export function QueryError() {
  const error = search.parse.error.value;
  if (error === null) return null;
  const q = [...view.value.q.trim()];
  const at = error.at;
  return (
    <div class="query-error" id="query-error" role="alert">
      {at !== null && (
        <code class="query-place">
          {q.slice(0, at).join('')}
          <mark>{q.slice(at).join('') || ' '}</mark>
        </code>
      )}
      <span>
        <strong>{error.message}</strong> {error.advice}
      </span>
      {error.status !== 400 && <button type="button" class="button small" onClick={() => search.again()}>Retry</button>}
    </div>
  );
}
