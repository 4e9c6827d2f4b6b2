// Boots as ranges of time: which a search is in, and the one before and after it.

import type { Boot } from '../api/types.ts';
import { typed } from '../text/time.ts';
import type { View } from './view.ts';

const BOOT = '_BOOT_ID';

/** The hosts that have boots, sorted. */
export const hostsOf = (boots: readonly Boot[]): string[] => [...new Set(boots.map((boot) => boot.hostname))].sort();

/** The host whose boots a view is about: the one it is filtered by, or whose boot it is in, or the only one there is. */
export function hostOf(view: View, boots: readonly Boot[]): string | null {
  const wanted = view.pills.filter((pill) => !pill.not);
  const own = wanted.filter((pill) => pill.field === '_HOSTNAME');
  if (own.length === 1) return own[0]!.value;
  const id = wanted.find((pill) => pill.field === BOOT)?.value;
  const boot = boots.find((each) => each.boot_id === id);
  const all = hostsOf(boots);
  return boot?.hostname ?? (all.length === 1 ? all[0]! : null);
}

/** The boots of a host, the newest first. */
export const bootsOf = (boots: readonly Boot[], host: string): Boot[] => boots.filter((boot) => boot.hostname === host).sort((a, b) => b.first - a.first);

/** Where in `own`, newest first, a view is that ends at `end` (µs): in the boot it is filtered by, else the one then. */
export function placeOf(view: View, own: readonly Boot[], end: number): number {
  const id = view.pills.find((pill) => pill.field === BOOT && !pill.not)?.value;
  const filtered = own.findIndex((boot) => boot.boot_id === id);
  if (filtered >= 0) return filtered;
  const then = own.findIndex((boot) => boot.first <= end);
  return then >= 0 ? then : own.length - 1;
}

/** What makes a view that of one boot; the newest goes on. */
export function rangeOf(view: View, boot: Boot): Partial<View> {
  const others = view.pills.filter((pill) => pill.field !== BOOT);
  return {
    since: typed(boot.first), until: boot.index === 0 ? '' : typed(boot.last), around: null,
    pills: [...others, { field: BOOT, value: boot.boot_id, not: false }],
  };
}
