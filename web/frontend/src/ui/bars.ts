// The geometry of the histogram: one path per series, in a box of `buckets` by 100 units. Stacked by priority the most
// urgent lies at the bottom; by any other field the most frequent.

import type { HistogramAnswer } from '../api/types.ts';
import { meaning, PRIORITIES } from '../text/fields.ts';
import { hostColour } from '../text/hosts.ts';
import { asText } from '../text/values.ts';
import { visible } from '../text/visible.ts';

export interface Layer {
  /** Tells series apart; "" for entries without the field, OTHER for the values that are not shown apart. */
  key: string;
  name: string;
  /** The class of its colour. */
  tone: string;
  counts: readonly number[];
  total: number;
  path: string;
}

/** No value of a field: those have no NUL at their beginning that a sidebar could show. */
export const OTHER = '\0other';

/** Units of height that the urgent levels (err and worse) get at least where they occur: one error must be seen. */
const URGENT_MIN = 3;
/** Units of width left free between bars. */
const SPACE = 0.14;
/** Colours of values that are no hosts; as many as hosts have. */
const TONES = 12;

type NameOf = (field: string, value: string) => string;
type Bare = Omit<Layer, 'path'>;

const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);

/** Sum over all series, by bucket. */
export function totals(answer: HistogramAnswer): number[] {
  const all = [...answer.series.map((series) => series.counts), ...(answer.other ? [answer.other.counts] : [])];
  const length = all[0]?.length ?? 0;
  return Array.from({ length }, (_, at) => all.reduce((total, counts) => total + (counts[at] ?? 0), 0));
}

/** The series of an answer by `field`, from the bottom up; with `only`, that one alone. `nameOf` says values in words. */
export function layers(answer: HistogramAnswer, field: string, only: string | null = null, nameOf: NameOf = meaning): Layer[] {
  const all = field === 'PRIORITY' ? byLevel(answer) : byValue(answer, field, nameOf);
  const shown = only === null ? all : all.filter((layer) => layer.key === only);
  const length = shown[0]?.counts.length ?? 0;
  const sums = Array.from({ length }, (_, at) => shown.reduce((total, layer) => total + layer.counts[at]!, 0));
  const highest = Math.max(1, ...sums);
  const heights = sums.map(() => 0);
  const paths = new Map(shown.map((layer) => [layer.key, pathOf(layer, highest, heights)]));
  return all.map((layer) => ({ ...layer, path: paths.get(layer.key) ?? '' }));
}

function pathOf(layer: Bare, highest: number, heights: number[]): string {
  let path = '';
  const isUrgent = /^level[0-3]$/.test(layer.tone);
  layer.counts.forEach((n, at) => {
    if (n === 0) return;
    const own = (n / highest) * 100;
    const height = isUrgent ? Math.max(own, URGENT_MIN) : Math.max(own, heights[at] ? 0 : 1.5);
    const bottom = heights[at]!;
    const top = Math.min(100, bottom + height);
    heights[at] = top;
    if (top > bottom) path += `M${(at + SPACE / 2).toFixed(2)} ${(100 - bottom).toFixed(1)}h${(1 - SPACE).toFixed(2)}v-${(top - bottom).toFixed(1)}h-${(1 - SPACE).toFixed(2)}z`;
  });
  return path;
}

/** Levels by urgency; what is no level, together on top. */
function byLevel(answer: HistogramAnswer): Bare[] {
  const levels = new Map<string, number[]>();
  for (const series of answer.series) {
    const key = typeof series.value === 'string' && /^[0-7]$/.test(series.value) ? series.value : '';
    const counts = levels.get(key);
    levels.set(key, counts ? counts.map((n, at) => n + (series.counts[at] ?? 0)) : series.counts);
  }
  return [...levels].sort(([a], [b]) => Number(a || 8) - Number(b || 8)).map(([key, counts]) => ({
    key, name: key ? PRIORITIES[Number(key)]! : 'none', tone: key ? `level${key}` : 'no-level', counts, total: sum(counts),
  }));
}

function byValue(answer: HistogramAnswer, field: string, nameOf: NameOf): Bare[] {
  const named = answer.series.filter((series) => series.value !== null)
    .map((series) => ({ key: asText(series.value!), counts: series.counts, total: sum(series.counts) }))
    .sort((a, b) => b.total - a.total || (a.key < b.key ? -1 : 1))
    .map((series, at): Bare => ({
      ...series, name: visible(nameOf(field, series.key) || series.key), tone: `tone${field === '_HOSTNAME' ? hostColour(series.key) : at % TONES}`,
    }));
  const none = answer.series.find((series) => series.value === null);
  if (answer.other) named.push({ key: OTHER, name: `${answer.other.values} others`, tone: 'tone-other', counts: answer.other.counts, total: sum(answer.other.counts) });
  if (none) named.push({ key: '', name: 'without', tone: 'no-level', counts: none.counts, total: sum(none.counts) });
  return named;
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
