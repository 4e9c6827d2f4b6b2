// A small line of bars over time. With `pick`, a click on a bar asks for the log of its time; so does Enter.

import { useRef, useState } from 'preact/hooks';
import { zone } from '../state/navigation.ts';
import { count, span } from '../text/numbers.ts';
import { clock, dayTitle } from '../text/time.ts';
import { useBarKeys } from './barKeys.ts';
import { sparkPath } from './bars.ts';

interface Props {
  counts: number[];
  start: number;
  interval: number;
  /** What is counted, in words: "failures on web-1". */
  what: string;
  /** Microseconds, from and until. */
  pick?: (from: number, until: number) => void;
}

export function Spark({ counts, start, interval, what, pick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const filled = counts.flatMap((n, index) => (n > 0 ? [index] : []));
  const take = (index: number) => pick?.(start + index * interval, start + (index + 1) * interval - 1);
  const { chosen, listeners } = useBarKeys(filled, take, false);
  const at = chosen?.to ?? hover;
  const indexOf = (event: MouseEvent): number => {
    const { left, width } = box.current!.getBoundingClientRect();
    return Math.max(0, Math.min(counts.length - 1, Math.floor(((event.clientX - left) / width) * counts.length)));
  };
  const open = (event: MouseEvent) => {
    const index = indexOf(event);
    // A bar of three pixels is easily missed by one.
    const hit = [index, index - 1, index + 1].find((each) => counts[each]);
    if (hit !== undefined) take(hit);
  };
  const total = counts.reduce((sum, n) => sum + n, 0);
  const bar = (index: number) => `${dayTitle(start + index * interval, zone.value)} ${clock(start + index * interval, zone.value).slice(0, 8)} + ${span(interval)}: ${count(counts[index]!)}`;
  const keys = pick && filled.length > 0
    ? { role: 'slider', tabIndex: 0, 'aria-valuemin': 0, 'aria-valuemax': counts.length - 1, 'aria-valuenow': at ?? filled.at(-1)!, 'aria-valuetext': at === null ? 'no bar chosen' : bar(at), ...listeners } as const
    : { role: 'img' } as const;
  return (
    <div class={`spark${pick ? ' pickable' : ''}`} ref={box} aria-label={`${count(total)} ${what} over time, at most ${count(Math.max(0, ...counts))} in ${span(interval)}`} onPointerMove={(event) => setHover(indexOf(event))} onPointerLeave={() => setHover(null)} onClick={open} {...keys}>
      <svg viewBox={`0 0 ${counts.length} 100`} preserveAspectRatio="none" aria-hidden="true">
        {at !== null && <rect class="hover" x={at} y="0" width="1" height="100" />}
        <path d={sparkPath(counts)} />
      </svg>
      {at !== null && counts[at]! > 0 && (
        <div class={`tip ${at > counts.length / 2 ? 'tip-left' : 'tip-right'}`} style={{ left: `${((at + 0.5) / counts.length) * 100}%` }}>
          <p>{dayTitle(start + at * interval, zone.value)} <strong>{clock(start + at * interval, zone.value).slice(0, 8)}</strong> <span class="dim">+ {span(interval)}</span></p>
          <p>{count(counts[at]!)}</p>
        </div>
      )}
    </div>
  );
}
