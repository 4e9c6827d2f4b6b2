// What a search asks the collector for: its parameters, and how much of each entry the list needs.

import { signal } from '@preact/signals';
import type { Params } from '../api/client.ts';
import { shapeOf, timeZone } from './firstPage.ts';
import { view } from './navigation.ts';
import { selection } from './select.ts';
import type { View } from './view.ts';

/** How much of an entry a row needs. */
export const shape = (): Params => shapeOf(view.peek().columns);

/** The search that is under way or done, as parameters. */
export class Asked {
  /** How the collector reads what was typed; null while nothing is. */
  canonical: string | null = null;
  /** The parameters of the rows on the screen. */
  readonly params = signal<Params>([]);

  /** The parameters of a view; with `condition`, of those of its entries that it holds for. */
  of(view: View, condition = ''): Params {
    return selection(view, { canonical: this.canonical, timeZone }, condition);
  }
}
