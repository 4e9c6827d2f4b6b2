// Ranges of time by boots: of one host, the one before and after, and its latest.

import { useState } from 'preact/hooks';
import { bootsOf, hostOf, hostsOf, placeOf, rangeOf } from '../state/bootRange.ts';
import { boots } from '../state/explanations.ts';
import { go, view, zone } from '../state/navigation.ts';
import type { Boot } from '../api/types.ts';
import { span } from '../text/numbers.ts';
import { exact } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';

/** Boots that are listed. */
const LISTED = 4;

/** `end` (µs) is where the range on the screen ends. */
export function Boots({ end, close }: { end: number; close: () => void }) {
  const all = boots.data.value?.boots ?? [];
  const now = view.value;
  const [chosen, choose] = useState(hostOf(now, all));
  if (all.length === 0) return null;
  const own = chosen === null ? [] : bootsOf(all, chosen);
  const at = own.length ? placeOf(now, own, end) : -1;
  const inBoot = now.pills.some((pill) => pill.field === '_BOOT_ID' && pill.value === own[at]?.boot_id);
  const show = (boot: Boot | undefined, leave: boolean) => {
    if (boot) go(rangeOf(view.peek(), boot));
    if (leave) close();
  };
  const first = Math.max(0, Math.min(at - 1, own.length - LISTED));
  return (
    <fieldset class="boots">
      <legend>Boot of</legend>
      <span class="boots-line">
        <select aria-label="Host whose boots to show" value={chosen ?? ''} onChange={(event) => choose(event.currentTarget.value || null)}>
          <option value="">choose a host</option>
          {hostsOf(all).map((host) => <option value={host}>{visible(host)}</option>)}
        </select>
        <button type="button" class="button small icon-only" aria-label="Previous boot" title="Previous boot" disabled={at < 0 || !own[at + 1]} onClick={() => show(own[inBoot ? at + 1 : at], false)}><Icon name="left" /></button>
        <button type="button" class="button small icon-only" aria-label="Next boot" title="Next boot" disabled={at <= 0} onClick={() => show(own[at - 1], false)}><Icon name="right" /></button>
      </span>
      <ul>
        {own.slice(first, first + LISTED).map((boot) => (
          <li key={boot.boot_id}>
            <button type="button" aria-pressed={inBoot && boot === own[at]} title={`Boot ${boot.boot_id}`} onClick={() => show(boot, true)}>
              {exact(boot.first, zone.value).slice(0, 16)} <span class="dim">{boot.index === 0 ? 'the latest' : `${boot.index}, ${span(boot.last - boot.first)}`}</span>
            </button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
