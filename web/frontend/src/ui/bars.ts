// The geometry of the histogram: one path per level, most urgent at the bottom, in a box of `buckets` by 100 units.

import type { HistogramAnswer, Series } from '../api/types.ts';

export interface Layer {
  /** 0..7, or null for entries without a level. */
  level: number | null;
  total: number;
  path: string;
}

/** Units of height that the urgent levels (err and worse) get at least where they occur: one error must be seen. */
const URGENT_MIN = 3;
/** Units of width left free between bars. */
const SPACE = 0.14;

export function levelOf(series: Series): number | null {
  return series.value !== null && /^[0-7]$/.test(series.value) ? Number(series.value) : null;
}

/** Sum over all levels, by bucket. */
export function totals(answer: HistogramAnswer): number[] {
  const length = answer.series[0]?.counts.length ?? 0;
  return Array.from({ length }, (_, at) => answer.series.reduce((sum, series) => sum + (series.counts[at] ?? 0), 0));
}

export function layers(answer: HistogramAnswer): Layer[] {
  const sums = totals(answer);
  const highest = Math.max(1, ...sums);
  const levels = new Map<number | null, number[]>();
  for (const series of answer.series) {
    const level = levelOf(series);
    const counts = levels.get(level);
    levels.set(level, counts ? counts.map((n, at) => n + (series.counts[at] ?? 0)) : series.counts);
  }
  const ordered = [...levels].sort(([a], [b]) => (a ?? 8) - (b ?? 8));
  const heights = sums.map(() => 0);
  return ordered.map(([level, counts]) => {
    let path = '';
    let total = 0;
    counts.forEach((n, at) => {
      if (n === 0) return;
      total += n;
      const own = (n / highest) * 100;
      const height = level !== null && level <= 3 ? Math.max(own, URGENT_MIN) : Math.max(own, heights[at] ? 0 : 1.5);
      const bottom = heights[at]!;
      const top = Math.min(100, bottom + height);
      heights[at] = top;
      if (top > bottom) path += `M${(at + SPACE / 2).toFixed(2)} ${(100 - bottom).toFixed(1)}h${(1 - SPACE).toFixed(2)}v-${(top - bottom).toFixed(1)}h-${(1 - SPACE).toFixed(2)}z`;
    });
    return { level, total, path };
  });
}

/** Bars of a small line in a box of `counts.length` by 100 units; the smallest count still shows. */
export function sparkPath(counts: number[]): string {
  const highest = Math.max(1, ...counts);
  return counts.map((n, at) => {
    if (n === 0) return '';
    const height = Math.max(8, (n / highest) * 100);
    return `M${(at + SPACE / 2).toFixed(2)} 100h${(1 - SPACE).toFixed(2)}v-${height.toFixed(1)}h-${(1 - SPACE).toFixed(2)}z`;
  }).join('');
}
