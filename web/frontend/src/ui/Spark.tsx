// A small line of bars over time. With `pick`, a click on a bar asks for the log of its time.

import { useRef, useState } from 'preact/hooks';
import { zone } from '../state/navigation.ts';
import { count, span } from '../text/numbers.ts';
import { clock, dayTitle } from '../text/time.ts';
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
  const [at, setAt] = useState<number | null>(null);
  const indexOf = (event: MouseEvent): number => {
    const { left, width } = box.current!.getBoundingClientRect();
    return Math.max(0, Math.min(counts.length - 1, Math.floor(((event.clientX - left) / width) * counts.length)));
  };
  const open = (event: MouseEvent) => {
    const index = indexOf(event);
    // A bar of three pixels is easily missed by one.
    const hit = [index, index - 1, index + 1].find((each) => counts[each]);
    if (pick && hit !== undefined) pick(start + hit * interval, start + (hit + 1) * interval - 1);
  };
  const total = counts.reduce((sum, n) => sum + n, 0);
  return (
    <div class={`spark${pick ? ' pickable' : ''}`} ref={box} role="img" aria-label={`${count(total)} ${what} over time, at most ${count(Math.max(0, ...counts))} in ${span(interval)}`} onPointerMove={(event) => setAt(indexOf(event))} onPointerLeave={() => setAt(null)} onClick={open}>
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
