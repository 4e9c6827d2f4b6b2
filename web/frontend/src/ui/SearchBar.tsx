// The search box. Enter runs; an error points at its place; typing "/" anywhere comes here.

import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { helpOpen } from '../state/details.ts';
import { go, view } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';

const draft = signal(view.peek().q);
effect(() => {
  draft.value = view.value.q;
});

export function SearchBar() {
  const input = useRef<HTMLInputElement>(null);
  const error = search.parse.error.value;
  const bad = error !== null && error.status === 400;
  useEffect(() => {
    if (bad && error.at !== null && input.current === document.activeElement) {
      const at = [...draft.peek()].slice(0, error.at).join('').length;
      input.current?.setSelectionRange(at, draft.peek().length);
    }
  }, [error]);
  const run = (event: Event) => {
    event.preventDefault();
    if (view.peek().q === draft.peek() && !view.peek().around) search.again();
    else go({ q: draft.peek(), around: null, entry: null });
  };
  return (
    <form class={`searchbar${bad ? ' bad' : ''}`} role="search" onSubmit={run}>
      <Icon name="search" />
      <input
        id="q"
        ref={input}
        type="search"
        aria-label="Search the journals"
        aria-invalid={bad}
        aria-describedby={bad ? 'query-error' : undefined}
        placeholder='Search: words, "a phrase", unit=ssh.service, priority<=err, /regex/'
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        value={draft.value}
        onInput={(event) => (draft.value = event.currentTarget.value)}
      />
      {!draft.value && <kbd aria-hidden="true">/</kbd>}
    </form>
  );
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
