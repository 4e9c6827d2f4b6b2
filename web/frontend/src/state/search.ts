// One search on the page: rows, histogram, facets and count are four requests that load, fail and retry apart.

import { effect, signal } from '@preact/signals';
import { getJson, type Params } from '../api/client.ts';
import type {
  ContextAnswer, CountAnswer, EntriesAnswer, FacetsAnswer, HistogramAnswer, ParseAnswer,
} from '../api/types.ts';
import { ROW_FIELDS } from '../text/fields.ts';
import { facetRequests } from './facets.ts';
import { Live } from './live.ts';
import { view } from './navigation.ts';
import { Resource } from './resource.ts';
import { appendOlder, entryRow, insert, newest, oldest, prependNewer, trim, type Blocks, type Row } from './rows.ts';
import { neighbours, selection } from './select.ts';
import { facetFields } from './settings.ts';
import { searchKey, type View } from './view.ts';

/** Rows of a page: about four screens. */
const PAGE = 200;
/** Rows in the document. Measured: 5,000 build in 0.1 s and scroll well, 20,000 do not. */
const ROWS_MOST = 5000;
/** Rows on each side of an entry when its surroundings open. */
const AROUND = 100;
/** Bytes of a value in a list; the detail panel fetches the whole. */
const CLIP = '4096';
/** How much of an entry a row needs. */
const shape = (): Params => [['clip', CLIP], ['fields', [...new Set([...ROW_FIELDS, ...view.peek().columns])].join(',')]];
/** Bars of the histogram: ten pixels each, within reason. */
const bars = (): number => Math.max(40, Math.min(120, Math.round(window.innerWidth / 10)));
/** Values that the bars tell apart; more colours nobody does. */
const SERIES = 10;
/** Milliseconds that rows wait for the tail to open: later it is opened nevertheless. */
const TAIL_WAIT = 1000;
/** Milliseconds after the first page when it is asked for once more: entries become searchable within a second. */
const SETTLE = 1500;
/** Milliseconds at least between two refreshes of the figures while entries arrive, and its multiple of their cost. */
const REFRESH = 3000;
const REFRESH_COST = 25;

const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export class Search {
  readonly parse = new Resource<ParseAnswer>();
  readonly page = new Resource<EntriesAnswer | ContextAnswer>();
  readonly older = new Resource<EntriesAnswer>();
  readonly newer = new Resource<EntriesAnswer>();
  readonly histogram = new Resource<HistogramAnswer>();
  /** The field that the loaded histogram is by. */
  readonly histogramBy = signal({ by: view.peek().by });
  readonly facets = new Resource<FacetsAnswer>();
  readonly count = new Resource<CountAnswer>();

  readonly rows = signal<Blocks>([]);
  /** Whether older, newer entries than the loaded ones are there to load. */
  readonly moreOlder = signal(false);
  readonly moreNewer = signal(false);
  /** The facets that show all their values. */
  readonly wideFacets = signal<ReadonlySet<string>>(new Set());
  /** What is typed into facets to find a value. */
  readonly facetSearch = signal<ReadonlyMap<string, string>>(new Map());
  /** The parameters of the rows on the screen. */
  readonly params = signal<Params>([]);
  /** Rises when the list should go to where reading begins, or to the entry whose surroundings it shows. */
  readonly toStart = signal(0);
  readonly toAnchor = signal(0);
  /** The row that a jump went to: a new object for each jump. */
  readonly toRow = signal({ id: '' });
  /** What of the search is under way or done: the facets come after the rows. */
  readonly begun = signal<'nothing' | 'rows' | 'all'>('nothing');
  readonly live = new Live((rows) => this.arrived(rows));

  private run = 0;
  private canonical: string | null = null;
  private settleTimer = 0;
  private refreshTimer = 0;
  private refreshed = 0;
  private lastArrival = 0;

  /** Follow the view from now on. */
  start(): void {
    let key = '';
    effect(() => {
      const next = view.value.page === 'logs' ? searchKey(view.value) : key;
      if (next === key) return;
      key = next;
      void this.begin(view.peek());
    });
    let fields = facetFields.peek();
    effect(() => {
      if (facetFields.value === fields) return;
      fields = facetFields.value;
      if (!view.peek().around) void this.loadFacets();
    });
    let by = view.peek().by;
    effect(() => {
      if (view.value.by === by) return;
      by = view.value.by;
      if (!view.peek().around) void this.loadHistogram();
    });
  }

  /** The search of the view again, from its newest entries. */
  again(): void {
    void this.begin(view.peek());
  }

  /** Stop everything that is under way; what is there stays. */
  cancel(): void {
    this.run++;
    this.live.release();
    for (const each of [this.parse, this.older, this.newer]) each.cancel();
    if (this.page.busy.peek() || this.begun.peek() === 'nothing') this.clear();
    if (this.begun.peek() === 'nothing') {
      // What is there is of the search before.
      for (const each of [this.histogram, this.facets, this.count]) each.reset();
      this.page.stop();
      return;
    }
    // What had not begun yet is cancelled too, and can be loaded one by one.
    for (const each of [this.page, this.histogram, this.facets, this.count]) if (each.busy.peek() || (each === this.facets && this.begun.peek() === 'rows')) each.stop();
  }

  readonly isBusy = (): boolean => this.panels().some((each) => each.busy.value);

  private panels(): Resource<unknown>[] {
    return [this.parse, this.page, this.older, this.newer, this.histogram, this.facets, this.count] as Resource<unknown>[];
  }

  private async begin(now: View): Promise<void> {
    const run = ++this.run;
    this.begun.value = 'nothing';
    window.clearTimeout(this.settleTimer);
    window.clearTimeout(this.refreshTimer);
    this.refreshTimer = 0;
    this.live.stop();
    for (const each of [this.older, this.newer]) each.reset();
    for (const each of [this.page, this.histogram, this.facets, this.count]) each.cancel();
    for (const each of [this.page, this.histogram, this.facets, this.count]) each.stopped.value = false;
    this.page.error.value = null;
    if (now.around) {
      await this.beginAround(now, now.around, run);
      return;
    }
    this.canonical = null;
    if (now.q.trim()) {
      const parsed = await this.parse.run((signal) => getJson('parse', [['q', now.q.trim()]], signal));
      if (run !== this.run || parsed === null) return;
      this.canonical = parsed.canonical;
    } else {
      this.parse.reset();
    }
    this.params.value = this.selected(now);
    if (!now.until) {
      const ready = this.live.start([...this.params.peek(), ...shape()]);
      await Promise.race([ready, new Promise((resolve) => window.setTimeout(resolve, TAIL_WAIT))]);
      if (run !== this.run) return;
    }
    this.begun.value = 'rows';
    const rows = this.loadPage(run);
    const figures = [this.loadHistogram(now), this.loadCount()];
    await rows;
    if (run !== this.run) return;
    this.live.release();
    this.begun.value = 'all';
    await Promise.all([...figures, this.loadFacets(now)]);
    this.refreshed = Date.now();
  }

  private selected(now: View): Params {
    return selection(now, { canonical: this.canonical, timeZone });
  }

  private async loadPage(run: number): Promise<void> {
    // Oldest first, a range with an end is read from its beginning; one that goes on, from where it is now.
    const fromOldest = view.peek().order === 'oldest' && this.live.state.peek() === 'off';
    const params: Params = [...this.params.peek(), ['order', fromOldest ? 'oldest' : 'newest'], ['limit', String(PAGE)], ...shape()];
    const page = await this.page.run((signal) => getJson<EntriesAnswer>('entries', params, signal));
    if (run !== this.run) return;
    if (page === null) {
      this.clear();
      return;
    }
    const answer = page as EntriesAnswer;
    const rows = answer.entries.map(entryRow);
    this.rows.value = appendOlder([], fromOldest ? rows.reverse() : rows);
    this.moreOlder.value = !fromOldest && answer.more;
    this.moreNewer.value = fromOldest && answer.more;
    this.toStart.value++;
    if (this.live.state.peek() !== 'off') this.settleTimer = window.setTimeout(() => void this.settle(run, params), SETTLE);
  }

  /** No rows: those of the search before would pass for this one's. */
  private clear(): void {
    this.rows.value = [];
    this.moreOlder.value = false;
    this.moreNewer.value = false;
  }

  /** Entries acknowledged just before the tail opened may not have been searchable yet. Look once more, quietly. */
  private async settle(run: number, params: Params): Promise<void> {
    const controller = new AbortController();
    const page = await getJson<EntriesAnswer>('entries', params, controller.signal).catch(() => null);
    if (page === null || run !== this.run || this.moreNewer.peek()) return;
    const rows = page.entries.map(entryRow);
    const merged = insert(this.rows.peek(), rows, this.moreOlder.peek());
    if (merged.added > 0) this.rows.value = merged.blocks;
  }

  private async beginAround(now: View, cursor: string, run: number): Promise<void> {
    for (const each of [this.parse, this.histogram, this.facets, this.count]) each.reset();
    this.begun.value = 'all';
    const params: [string, string][] = [['cursor', cursor], ['before', String(AROUND)], ['after', String(AROUND)]];
    if (now.scope !== 'all') params.push(['same', now.scope]);
    const answer = (await this.page.run((signal) =>
      getJson<ContextAnswer>('context', [...params, ...shape()], signal),
    )) as ContextAnswer | null;
    if (answer === null || run !== this.run) return;
    this.params.value = neighbours(answer.entry, now.scope);
    this.rows.value = appendOlder([], [...answer.before, answer.entry, ...answer.after].map(entryRow).reverse());
    this.moreOlder.value = answer.before.length >= AROUND;
    this.moreNewer.value = answer.after.length >= AROUND;
    this.toAnchor.value++;
  }

  loadHistogram(now: View = view.peek()): Promise<unknown> {
    const params = [...this.params.peek(), ['buckets', String(bars())] as const, ['by', now.by] as const];
    if (now.by !== 'PRIORITY') params.push(['top', String(SERIES)]);
    // Without an end the collector's range ends at the newest entry; the screen's ends now.
    if (now.since && !now.until) params.push(['until', 'now']);
    return this.histogram.run(async (signal) => {
      const answer = await getJson<HistogramAnswer>('histogram', params, signal);
      // The bars on the screen are by this field until the next ones are there.
      this.histogramBy.value = { by: now.by };
      return answer;
    });
  }

  loadCount(): Promise<unknown> {
    return this.count.run((signal) => getJson('count', this.params.peek(), signal));
  }

  loadFacets(now: View = view.peek()): Promise<unknown> {
    const fields = facetFields.peek();
    const requests = facetRequests(fields, now.pills, this.wideFacets.peek(), this.facetSearch.peek());
    return this.facets.run(async (signal) => {
      const answers = await Promise.all(requests.map((request) => {
        const others = { ...now, pills: now.pills.filter((pill) => pill.field !== request.without) };
        const params = selection(others, { canonical: this.canonical, timeZone }, request.condition);
        return getJson<FacetsAnswer>('facets', [...params, ...request.fields.map((field) => ['field', field] as const), ['limit', String(request.limit)]], signal);
      }));
      const found = new Map(answers.flatMap((answer) => answer.facets).map((facet) => [facet.field, facet]));
      return {
        took_ms: Math.max(0, ...answers.map((answer) => answer.took_ms)),
        matched: null,
        partial: answers.some((answer) => answer.partial),
        reason: answers.find((answer) => answer.reason)?.reason ?? null,
        facets: fields.map((field) => found.get(field)).filter((facet) => facet !== undefined),
      };
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

  /** The page below the last row. */
  async loadOlder(): Promise<void> {
    const last = oldest(this.rows.peek());
    if (!last || this.older.busy.peek() || !this.moreOlder.peek()) return;
    const answer = await this.beside(this.older, 'newest', last);
    if (answer === null) return;
    const { blocks, dropped } = trim(appendOlder(this.rows.peek(), answer.entries.map(entryRow)), ROWS_MOST, 'new');
    this.rows.value = blocks;
    this.moreOlder.value = answer.more;
    if (dropped) this.moreNewer.value = true;
  }

  /** The page above the first row: around an entry, or where rows were dropped for those below. */
  async loadNewer(): Promise<void> {
    const first = newest(this.rows.peek());
    if (!first || this.newer.busy.peek() || !this.moreNewer.peek()) return;
    const answer = await this.beside(this.newer, 'oldest', first);
    if (answer === null) return;
    const { blocks, dropped } = trim(prependNewer(this.rows.peek(), answer.entries.map(entryRow).reverse()), ROWS_MOST, 'old');
    this.rows.value = blocks;
    this.moreNewer.value = answer.more;
    if (dropped) this.moreOlder.value = true;
  }

  private beside(resource: Resource<EntriesAnswer>, order: 'newest' | 'oldest', row: Row): Promise<EntriesAnswer | null> {
    const params: Params = [...this.params.peek(), ['order', order], ['limit', String(PAGE)], ['after', `${row.realtime}.${row.ord}`], ...shape()];
    return resource.run((signal) => getJson('entries', params, signal));
  }

  /** The page around a position of the search, for a jump; the row there is selected. False when nothing is there. */
  async showAt(realtime: number, ord: number): Promise<boolean> {
    const half: Params = [...this.params.peek(), ['limit', String(PAGE / 2)], ...shape()];
    const pages = await this.page.run(async (signal) => {
      const ask = (order: string, after: string) => getJson<EntriesAnswer>('entries', [...half, ['order', order], ['after', after]], signal);
      // Both ways from just before the place: what lies there comes with the newer ones.
      const [us, before] = ord > 0 ? [realtime, ord - 1] : [realtime - 1, 0];
      const [newer, older] = await Promise.all([ask('oldest', `${us}.${before}`), ask('newest', `${us}.${before + 1}`)]);
      return { ...older, entries: [...newer.entries.reverse(), ...older.entries], newer: newer.entries.length, moreNewer: newer.more };
    }) as (EntriesAnswer & { newer: number; moreNewer: boolean }) | null;
    if (pages === null || pages.entries.length === 0) return false;
    const rows = pages.entries.map(entryRow);
    this.older.reset();
    this.newer.reset();
    this.rows.value = appendOlder([], rows);
    this.moreOlder.value = pages.more;
    this.moreNewer.value = pages.moreNewer;
    this.toRow.value = { id: rows[Math.max(0, pages.newer - 1)]!.id };
    return true;
  }

  /** From paused to live, with what arrived meanwhile. */
  resume(): void {
    if (this.live.state.peek() !== 'paused') return;
    const rows = this.live.resume();
    if (rows === null || this.moreNewer.peek()) {
      this.again();
      return;
    }
    this.arrived(rows);
    this.toStart.value++;
  }

  private arrived(rows: Row[]): void {
    if (rows.length === 0) return;
    const { blocks, added } = insert(this.rows.peek(), rows, this.moreOlder.peek());
    if (added === 0) return;
    const trimmed = trim(blocks, ROWS_MOST, 'old');
    this.rows.value = trimmed.blocks;
    if (trimmed.dropped) this.moreOlder.value = true;
    this.lastArrival = Date.now();
    this.refreshSoon();
  }

  /** Bring histogram, count and facets up to date, soon but not too often. */
  private refreshSoon(): void {
    if (this.refreshTimer) return;
    const cost = [this.histogram, this.facets, this.count].reduce((sum, each) => sum + (each.data.peek()?.took_ms ?? 0), 0);
    const due = this.refreshed + Math.max(REFRESH, cost * REFRESH_COST);
    this.refreshTimer = window.setTimeout(() => {
      this.refreshTimer = 0;
      this.refreshed = Date.now();
      if (document.hidden || this.live.state.peek() === 'off') return;
      void this.loadHistogram();
      void this.loadCount();
      void this.loadFacets();
      // What arrived just now may not be searchable yet: it is counted in one more round.
      if (Date.now() - this.lastArrival < SETTLE) this.refreshSoon();
    }, Math.max(due - Date.now(), SETTLE));
  }
}

export const search = new Search();
