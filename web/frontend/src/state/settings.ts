// Choices that this browser remembers: how things look, and what was searched. A browser that keeps nothing still works.

import { effect, signal, type Signal } from '@preact/signals';
import { FACET_FIELDS, FIELD_NAME } from '../text/fields.ts';

/** A signal that begins with what this browser kept under `name`, and is kept there from now on. */
export function remembered<T>(name: string, standard: T, isValid: (value: unknown) => boolean): Signal<T> {
  const key = `journalhub.${name}`;
  const kept = signal(load(key, standard, isValid));
  let first = true;
  effect(() => {
    const text = JSON.stringify(kept.value);
    if (!first) save(key, text);
    first = false;
  });
  return kept;
}

function load<T>(key: string, standard: T, isValid: (value: unknown) => boolean): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return value !== null && isValid(value) ? (value as T) : standard;
  } catch {
    return standard;
  }
}

function save(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Private windows and full disks: the choice lives as long as the page.
  }
}

const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((each) => typeof each === 'string');

/** Long messages over several lines, in the list. */
export const wrap = remembered('wrap', false, isFlag);

/** Repeated lines as one, with their number. */
export const fold = remembered('fold', true, isFlag);

/** More lines on a screen. */
export const dense = remembered('dense', false, isFlag);

/** The fields of the sidebar. */
export const facetFields = remembered<readonly string[]>('facets', FACET_FIELDS, (value) => isTexts(value) && (value as string[]).every((name) => FIELD_NAME.test(name)));

/** Searches kept. */
const HISTORY_MOST = 100;

/** Searches that were run, the last one first. */
export const history = remembered<string[]>('history', [], isTexts);

export function remember(q: string): void {
  const text = q.trim();
  if (text) history.value = [text, ...history.peek().filter((each) => each !== text)].slice(0, HISTORY_MOST);
}
