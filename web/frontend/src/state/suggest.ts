// What the search box offers while somebody types: names of fields, their values, hosts and units, earlier searches.

import { signal } from '@preact/signals';
import { getJson, isAbort } from '../api/client.ts';
import type { FieldsAnswer, Value, ValuesAnswer } from '../api/types.ts';
import { asValue, fittingNames, placeAt, replaced, SHORT_NAMES, type Edited, type Place } from '../text/completion.ts';
import { FACILITIES, labelOf, PRIORITIES } from '../text/fields.ts';
import { asText, isBinary } from '../text/values.ts';
import { history } from './settings.ts';

export interface Suggestion {
  /** `history` replaces the whole text and runs it. */
  kind: 'history' | 'name' | 'value';
  /** What is shown, and what it is: a field, a host, … */
  text: string;
  about: string;
  result: Edited;
}

export const suggestions = signal<readonly Suggestion[]>([]);

/** Suggestions of one kind; more than a glance takes in are no help. */
const MOST = 8;
const MOST_NAMED = 4;
/** Milliseconds without a key before values are asked for. */
const PATIENCE = 80;

let fieldNames: Promise<string[]> | null = null;
let controller = new AbortController();

/** The names of all stored fields, asked for once. */
export function allFields(): Promise<string[]> {
  fieldNames ??= getJson<FieldsAnswer>('fields', [], new AbortController().signal)
    .then((answer) => answer.fields.map((field) => field.name).filter((name) => !name.startsWith('__')))
    .catch(() => {
      fieldNames = null;
      return [];
    });
  return fieldNames;
}

/** Stored values of a field that begin with `prefix`, sorted. */
export async function valuesOf(field: string, prefix: string, most: number, signal: AbortSignal): Promise<string[]> {
  if (field === 'PRIORITY') return PRIORITIES.filter((name) => name.startsWith(prefix));
  if (field === 'SYSLOG_FACILITY') return FACILITIES.filter((name) => name.startsWith(prefix)).slice(0, most);
  const answer = await getJson<ValuesAnswer>(`values/${field}`, [['prefix', prefix], ['limit', String(most)]], signal);
  return answer.values.map((value: Value) => asText(value)).filter((value) => !isBinary(value) && value.length <= 200);
}

/** Find what fits at the caret. What was asked before is given up. */
export async function suggest(text: string, caret: number): Promise<void> {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const place = placeAt(text, caret);
  const before = earlier(text);
  if (place === null) {
    suggestions.value = before;
    return;
  }
  try {
    await new Promise((resolve) => window.setTimeout(resolve, PATIENCE));
    if (signal.aborted) return;
    const found = place.kind === 'name' ? await names(text, place, signal) : await values(text, place, place.field, place.typed, MOST, '', signal);
    if (!signal.aborted) suggestions.value = [...found, ...before];
  } catch (error) {
    // An offer that cannot be made is not made; the search itself tells what is wrong with the collector.
    if (!isAbort(error)) suggestions.value = before;
  }
}

export function stopSuggesting(): void {
  controller.abort();
  suggestions.value = [];
}

/** Keep no searches, and offer none. */
export function forget(): void {
  history.value = [];
  suggestions.value = suggestions.peek().filter((each) => each.kind !== 'history');
}

/** Earlier searches: all of them while the box is empty, else those that have what was typed. */
function earlier(text: string): Suggestion[] {
  const needle = text.trim().toLowerCase();
  return history.peek().filter((each) => each.toLowerCase().includes(needle) && each !== text.trim()).slice(0, needle ? MOST_NAMED : MOST)
    .map((each) => ({ kind: 'history', text: each, about: 'searched before', result: { text: each, caret: each.length } }));
}

/** Fields whose name fits, and the hosts and units that begin so: people type the name of the thing they look for. */
async function names(text: string, place: Place, signal: AbortSignal): Promise<Suggestion[]> {
  const { typed } = place;
  const [fields, hosts, units] = await Promise.all([
    allFields(),
    values(text, place, '_HOSTNAME', typed, MOST_NAMED, 'host=', signal),
    values(text, place, '_SYSTEMD_UNIT', typed, MOST_NAMED, 'unit=', signal),
  ]);
  const named = fittingNames(typed, fields, MOST_NAMED).map((name): Suggestion => {
    const field = SHORT_NAMES[name];
    return { kind: 'name', text: `${name}=`, about: field ? `field ${field}` : 'field', result: replaced(text, place, `${name}=`, true) };
  });
  // One letter begins half of all names.
  return typed.length < 2 ? named : [...hosts, ...units, ...named];
}

async function values(text: string, place: Place, field: string, prefix: string, most: number, name: string, signal: AbortSignal): Promise<Suggestion[]> {
  const found = await valuesOf(field, prefix, most, signal);
  const about = labelOf(field).toLowerCase();
  return found.filter((value) => name || value !== place.typed)
    .map((value) => ({ kind: 'value', text: name + asValue(value), about, result: replaced(text, place, name + asValue(value), false) }));
}
