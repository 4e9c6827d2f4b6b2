// Keys of the whole page. In a text box only Escape is ours.

import { helpOpen } from '../state/details.ts';
import { go, view } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { wrap } from '../state/settings.ts';
import { jump } from './jump.ts';
import { closeDetail, moveSelection, openSelected, unfoldSelected } from './rowKeys.ts';

const LEVELS = [null, 6, 5, 4, 3, 2];

const KEYS: Record<string, () => void> = {
  '/': () => document.getElementById('q')?.focus(),
  '?': () => (helpOpen.value = true),
  j: () => moveSelection(1),
  k: () => moveSelection(-1),
  ArrowDown: () => moveSelection(1),
  ArrowUp: () => moveSelection(-1),
  Enter: openSelected,
  ' ': () => (search.live.state.peek() === 'live' ? search.live.pause('reader') : search.resume()),
  p: () => go({ priority: LEVELS[(LEVELS.indexOf(view.peek().priority) + 1) % LEVELS.length] ?? null }),
  u: () => go({ zone: view.peek().zone === 'utc' ? 'local' : 'utc' }, 'replace'),
  l: () => (wrap.value = !wrap.value),
  f: unfoldSelected,
  e: () => void jump('error', 1),
  E: () => void jump('error', -1),
  w: () => void jump('warning', 1),
  W: () => void jump('warning', -1),
  b: () => void jump('boot', 1),
  B: () => void jump('boot', -1),
};

/** Keys that mean something on every page; the others are of the list. */
const EVERYWHERE = ['?', '/', 'u'];

function escape(event: KeyboardEvent, target: Element): void {
  if (target instanceof HTMLInputElement) {
    event.preventDefault();
    target.blur();
  } else if (view.peek().entry !== null) closeDetail();
  else if (view.peek().around !== null) go({ around: null });
}

/** Of the dialog itself: its event of being closed comes some time after it is gone, and keys pressed meanwhile count. */
const helpIsShown = (): boolean => document.querySelector('.help-page[open]') !== null;

export function startKeyboard(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || helpIsShown()) return;
    const target = event.target as Element;
    if (event.key === 'Escape') {
      escape(event, target);
      return;
    }
    if (target.closest('input, textarea, select')) return;
    // Buttons and links have their own meaning for these.
    if ((event.key === ' ' || event.key === 'Enter') && target.closest('button, a, summary')) return;
    if (view.peek().page !== 'logs' && !EVERYWHERE.includes(event.key)) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
