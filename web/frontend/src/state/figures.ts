// The figures about a search: bars, count and facets, three requests that load, fail and retry apart from the rows.

import { signal } from '@preact/signals';
import { getInSteps, type SoFar } from '../api/client.ts';
import type { CountAnswer, FacetsAnswer, HistogramAnswer, Progress } from '../api/types.ts';
import type { Asked } from './asked.ts';
import { facetRequests } from './facets.ts';
import { view } from './navigation.ts';
import { Resource } from './resource.ts';
import { facetFields } from './settings.ts';
import type { View } from './view.ts';

/** Bars of the histogram: ten pixels each, within reason. */
export const bars = (): number => Math.max(40, Math.min(120, Math.round(window.innerWidth / 10)));
/** Values that the bars tell apart; more colours nobody does. */
const SERIES = 10;
/** Milliseconds at least between two refreshes while entries arrive, and its multiple of their cost. */
const REFRESH = 3000;
const REFRESH_COST = 25;

/** While figures are refreshed those before stay: they are truer than the first of the new ones. */
const shown = <T>(isRefresh: boolean, soFar: SoFar<T>): SoFar<T> => (isRefresh ? () => undefined : soFar);

/** Of several answers that are one panel, how far that has come which has come least far. */
const least = (all: readonly Progress[]): Progress => all.reduce((a, b) => (b.days < a.days ? b : a));

/** The facets of several requests as one answer. */
function together(answers: readonly FacetsAnswer[], fields: readonly string[]): FacetsAnswer {
  const found = new Map(answers.flatMap((answer) => answer.facets).map((facet) => [facet.field, facet]));
  return {
    took_ms: Math.max(0, ...answers.map((answer) => answer.took_ms)),
    matched: null,
    partial: answers.some((answer) => answer.partial),
    reason: answers.find((answer) => answer.reason)?.reason ?? null,
    facets: fields.map((field) => found.get(field)).filter((facet) => facet !== undefined),
  };
}

export class Figures {
  readonly histogram = new Resource<HistogramAnswer>();
  /** The field that the loaded histogram is by. */
  readonly histogramBy = signal({ by: view.peek().by });
  readonly facets = new Resource<FacetsAnswer>();
  readonly count = new Resource<CountAnswer>();
  readonly all: readonly Resource<unknown>[] = [this.histogram, this.facets, this.count] as Resource<unknown>[];

  /** The facets that show all their values. */
  readonly wideFacets = signal<ReadonlySet<string>>(new Set());
  /** What is typed into facets to find a value. */
  readonly facetSearch = signal<ReadonlyMap<string, string>>(new Map());

  private timer = 0;
  private refreshed = 0;
  private lastArrival = 0;

  /** `settle`: milliseconds until what arrived is searchable. */
  constructor(private readonly asked: Asked, private readonly isFollowing: () => boolean, private readonly settle: number) {}

  loadHistogram(now: View = view.peek(), isRefresh = false): Promise<unknown> {
    const params = [...this.asked.params.peek(), ['buckets', String(bars())] as const, ['by', now.by] as const];
    if (now.by !== 'PRIORITY') params.push(['top', String(SERIES)]);
    // Without an end the collector's range ends at the newest entry; the screen's ends now.
    if (now.since && !now.until) params.push(['until', 'now']);
    return this.histogram.run(async (signal, soFar) => {
      // The bars on the screen are by this field until the next ones are there.
      const isBy = () => (this.histogramBy.value = { by: now.by });
      const answer = await getInSteps<HistogramAnswer>('histogram', params, signal, shown(isRefresh, (part) => {
        if (part.series) isBy();
        soFar(part);
      }));
      isBy();
      return answer;
    });
  }

  loadCount(isRefresh = false): Promise<unknown> {
    return this.count.run((signal, soFar) => getInSteps<CountAnswer>('count', this.asked.params.peek(), signal, shown(isRefresh, soFar)));
  }

  loadFacets(now: View = view.peek(), isRefresh = false): Promise<unknown> {
    const fields = facetFields.peek();
    const requests = facetRequests(fields, now.pills, this.wideFacets.peek(), this.facetSearch.peek());
    return this.facets.run(async (signal, soFar) => {
      const parts: (Partial<FacetsAnswer> & { progress: Progress })[] = [];
      const tell = shown(isRefresh, soFar);
      const answers = await Promise.all(requests.map((request, at) => {
        const others = { ...now, pills: now.pills.filter((pill) => pill.field !== request.without) };
        const params = this.asked.of(others, request.condition);
        return getInSteps<FacetsAnswer>('facets', [...params, ...request.fields.map((field) => ['field', field] as const), ['limit', String(request.limit)]], signal, (part) => {
          parts[at] = { ...parts[at], ...part };
          const known = parts.filter(Boolean);
          tell({ ...together(known.filter((each): each is FacetsAnswer & { progress: Progress } => each.facets !== undefined), fields), progress: least(known.map((each) => each.progress)) });
        });
      }));
      const ends = answers.flatMap((answer) => answer.progress ?? []);
      return { ...together(answers, fields), ...(ends.length > 0 && { progress: least(ends) }) };
    });
  }

  widenFacet(field: string, wide: boolean): void {
    const next = new Set(this.wideFacets.peek());
    if (wide) next.add(field);
    else next.delete(field);
    this.wideFacets.value = next;
    void this.loadFacets();
  }

  /** Show the values of a facet that have `text` in them; null ends the search. */
  searchFacet(field: string, text: string | null): void {
    const next = new Map(this.facetSearch.peek());
    if (text === null) next.delete(field);
    else next.set(field, text);
    this.facetSearch.value = next;
    void this.loadFacets();
  }

  /** They are of now. */
  upToDate(): void {
    this.refreshed = Date.now();
  }

  /** Nothing that arrived before counts any more. */
  forget(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
  }

  /** Entries arrived: bring the figures up to date, soon but not too often. */
  arrived(): void {
    this.lastArrival = Date.now();
    this.refreshSoon();
  }

  private refreshSoon(): void {
    if (this.timer) return;
    const cost = [this.histogram, this.facets, this.count].reduce((sum, each) => sum + (each.data.peek()?.took_ms ?? 0), 0);
    const due = this.refreshed + Math.max(REFRESH, cost * REFRESH_COST);
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.refreshed = Date.now();
      if (document.hidden || !this.isFollowing()) return;
      void this.loadHistogram(view.peek(), true);
      void this.loadCount(true);
      void this.loadFacets(view.peek(), true);
      // What arrived just now may not be searchable yet: it is counted in one more round.
      if (Date.now() - this.lastArrival < this.settle) this.refreshSoon();
    }, Math.max(due - Date.now(), this.settle));
  }
}
