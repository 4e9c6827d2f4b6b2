// What the first page of rows is asked for with: by the early script, and by the page itself, in the same words.

import type { Params } from '../api/client.ts';
import { ROW_FIELDS } from '../text/fields.ts';
import { zoneName } from '../text/time.ts';
import { selection } from './select.ts';
import type { View } from './view.ts';

/** Rows of a page: about four screens. */
export const PAGE = 200;
/** Bytes of a value in a list; the detail panel fetches the whole. */
const CLIP = '4096';

export const timeZone = zoneName();

/** How much of an entry a row with these columns needs. */
export const shapeOf = (columns: readonly string[]): Params => [['clip', CLIP], ['fields', [...new Set([...ROW_FIELDS, ...columns])].join(',')]];

/** A page of the entries that `selected` says, from its newest or its oldest one. */
export const firstPage = (selected: Params, fromOldest: boolean, shape: Params): Params =>
  [...selected, ['order', fromOldest ? 'oldest' : 'newest'], ['limit', String(PAGE)], ...shape];

/** The first page of a view; null where something has to be asked before. */
export function earlyPage(view: View): Params | null {
  // How the text is read decides what it can be combined with.
  const waits = view.q.trim() !== '' && view.pills.some((pill) => pill.not);
  if (view.page !== 'logs' || view.around !== null || waits) return null;
  return firstPage(selection(view, { canonical: null, timeZone }), view.order === 'oldest' && view.until !== '', shapeOf(view.columns));
}
