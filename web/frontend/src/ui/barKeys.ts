// Bars by keyboard: arrows choose one, with Shift a stretch of them, Enter takes it, Escape lets go.

import { useState } from 'preact/hooks';

/** Bars by number; `to` is the one that arrows move. */
export interface Chosen {
  from: number;
  to: number;
}

/** What is chosen after a key, of the bars that can be (ascending); the same object for a key that means nothing here. */
export function afterKey(key: string, shift: boolean, chosen: Chosen | null, possible: readonly number[]): Chosen | null {
  const last = possible.length - 1;
  const at = chosen ? possible.findIndex((bar) => bar >= chosen.to) : -1;
  const here = at < 0 ? last : at;
  const next = { ArrowLeft: chosen ? here - 1 : last, ArrowRight: chosen ? here + 1 : last, Home: 0, End: last }[key];
  if (key === 'Escape') return null;
  if (next === undefined || last < 0) return chosen;
  const to = possible[Math.min(last, Math.max(0, next))]!;
  return { from: shift && chosen ? chosen.from : to, to };
}

/** What is chosen, and what the element of the bars listens to. With `stretches`, Shift chooses several. */
export function useBarKeys(possible: readonly number[], take: (first: number, last: number) => void, stretches: boolean) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const takes = event.key === 'Enter' && chosen !== null;
    const next = afterKey(event.key, event.shiftKey && stretches, chosen, possible);
    if (next === chosen && !takes) return;
    event.preventDefault();
    event.stopPropagation();
    if (takes) take(Math.min(chosen.from, chosen.to), Math.max(chosen.from, chosen.to));
    setChosen(takes ? null : next);
  };
  return { chosen, listeners: { onKeyDown, onBlur: () => setChosen(null) } };
}
