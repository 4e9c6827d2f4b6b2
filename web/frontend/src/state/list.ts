// The rows of a search: a page, the pages beside it, and what arrives. A bounded number of them is kept.

import { batch, signal } from '@preact/signals';
import { getInSteps, getJson, type Params } from '../api/client.ts';
import type { ContextAnswer, EntriesAnswer, Progress } from '../api/types.ts';
import { shape, type Asked } from './asked.ts';
import { Resource } from './resource.ts';
import { appendOlder, entryRow, insert, newest, oldest, prependNewer, trim, type Blocks, type Row } from './rows.ts';
import { firstPage, PAGE } from './firstPage.ts';
import { keptTo } from './navigation.ts';
import { neighbours, scopePills } from './select.ts';
import type { View } from './view.ts';

/** Rows in the document. Measured: 5,000 build in 0.1 s and scroll well, 20,000 do not. */
const ROWS_MOST = 5000;
/** Entries that are looked at when the list settles: of some seconds. */
const SETTLE_MOST = '1000';
/** Microseconds by which entries come late, of nodes whose batches are on their way. */
const LATE = 2e6;
/** Rows on each side of an entry when its surroundings open. */
const AROUND = 100;

type Way = 'older' | 'newer';
type Part = Partial<EntriesAnswer> & { progress?: Progress };

const placeOf = (row: Row | undefined): string | null => (row ? `${row.realtime}.${row.ord}` : null);

/** Beyond every position of one microsecond. */
const ORD_MOST = '9223372036854775807';

/** Where an answer that is cut, or the one so far, leaves off; null where it is whole, or nothing was looked at yet. */
function leftOff({ partial, more, next, progress }: Part, way: Way): { way: Way; after: string } | null {
  if (progress && !progress.done) return progress.since > progress.until ? null : { way, after: way === 'older' ? `${progress.since}.0` : `${progress.until}.${ORD_MOST}` };
  return partial && more && next ? { way, after: next } : null;
}

export class List {
  readonly page = new Resource<EntriesAnswer | ContextAnswer>();
  readonly older = new Resource<EntriesAnswer>();
  readonly newer = new Resource<EntriesAnswer>();

  readonly rows = signal<Blocks>([]);
  /** Whether older, newer entries than the loaded ones are there to load. */
  readonly moreOlder = signal(false);
  readonly moreNewer = signal(false);
  /** Where to go on when the search was cut or stopped before it had looked at everything; null else. */
  readonly resume = signal<{ way: Way; after: string } | null>(null);
  /** On which side the search of the page was continued; null as long as it was not. */
  readonly continued = signal<Way | null>(null);
  /** Rises when the list should go to where reading begins, or to the entry whose surroundings it shows. */
  readonly toStart = signal(0);
  readonly toAnchor = signal(0);
  /** The row that a jump went to: a new object for each jump. */
  readonly toRow = signal({ id: '' });

  /** Microseconds: the newest entry of the first page; null where it is empty. */
  private settleFrom: number | null = null;

  constructor(private readonly asked: Asked) {}

  /**
   * The first page, from its newest or its oldest entry; `begun` is called when something of it is known before its end.
   * False when there is none: it failed, or `isWanted` no longer.
   */
  async load(fromOldest: boolean, isWanted: () => boolean, begun: () => void): Promise<boolean> {
    let isFirst = true;
    this.continued.value = null;
    const show = (answer: Part) => {
      const rows = (answer.entries ?? []).map(entryRow);
      const before = isFirst ? [] : this.rows.peek();
      const more = answer.more ?? true;
      batch(() => {
        this.rows.value = fromOldest ? prependNewer(before, rows.reverse()) : appendOlder(before, rows);
        this.moreOlder.value = !fromOldest && more;
        this.moreNewer.value = fromOldest && more;
        this.resume.value = leftOff(answer, fromOldest ? 'newer' : 'older');
        if (isFirst) this.toStart.value++;
      });
      isFirst = false;
    };
    const page = await this.page.run((signal, soFar) => getInSteps<EntriesAnswer>('entries', this.first(fromOldest), signal, (part) => {
      // From here on the rows of the search before would pass for this one's.
      if (isWanted()) show(part);
      begun();
      soFar(part);
    }));
    if (!isWanted()) return false;
    if (page === null) {
      if (isFirst) this.clear();
      return false;
    }
    show(page as Part);
    this.settleFrom = newest(this.rows.peek())?.realtime ?? null;
    return true;
  }

  /** What came before the tail was open, and what was not searchable then, quietly: from the first page on, not the newest alone. Whether any was. */
  async settle(isWanted: () => boolean): Promise<boolean> {
    const params: Params = this.settleFrom === null ? this.first(false)
      : [...this.asked.params.peek(), ['order', 'oldest'], ['limit', SETTLE_MOST], ['after', `${this.settleFrom - LATE}.0`], ...shape()];
    const page = await getJson<EntriesAnswer>('entries', params, new AbortController().signal).catch(() => null);
    if (page === null || !isWanted() || this.moreNewer.peek()) return false;
    const merged = insert(this.rows.peek(), page.entries.map(entryRow), this.moreOlder.peek());
    if (merged.added > 0) this.rows.value = merged.blocks;
    return merged.added > 0;
  }

  private first(fromOldest: boolean): Params {
    return firstPage(this.asked.params.peek(), fromOldest, shape());
  }

  /** No rows: those of the search before would pass for this one's. */
  clear(): void {
    this.rows.value = [];
    this.moreOlder.value = false;
    this.moreNewer.value = false;
    this.resume.value = null;
  }

  /** What stands around an entry, a cursor. */
  async loadAround(now: View, cursor: string, isWanted: () => boolean): Promise<void> {
    const params: [string, string][] = [['cursor', cursor], ['before', String(AROUND)], ['after', String(AROUND)]];
    if (now.scope !== 'all') params.push(['same', now.scope]);
    const answer = (await this.page.run((signal) =>
      getJson<ContextAnswer>('context', [...params, ...shape()], signal),
    )) as ContextAnswer | null;
    if (answer === null || !isWanted()) return;
    this.resume.value = null;
    this.asked.params.value = neighbours(answer.entry, now.scope);
    keptTo.value = scopePills(answer.entry, now.scope);
    this.rows.value = appendOlder([], [...answer.before, answer.entry, ...answer.after].map(entryRow).reverse());
    this.moreOlder.value = answer.before.length >= AROUND;
    this.moreNewer.value = answer.after.length >= AROUND;
    this.toAnchor.value++;
  }

  /** The page below the last row. */
  async loadOlder(): Promise<void> {
    const last = this.from('older', oldest(this.rows.peek()));
    if (last === null || this.older.busy.peek() || !this.moreOlder.peek()) return;
    await this.beside('older', last, (answer) => {
      const { blocks, dropped } = trim(appendOlder(this.rows.peek(), (answer.entries ?? []).map(entryRow)), ROWS_MOST, 'new');
      if (answer.entries) this.rows.value = blocks;
      this.moreOlder.value = answer.more ?? true;
      if (dropped) this.moreNewer.value = true;
    });
  }

  /** The page above the first row: around an entry, or where rows were dropped for those below. */
  async loadNewer(): Promise<void> {
    const first = this.from('newer', newest(this.rows.peek()));
    if (first === null || this.newer.busy.peek() || !this.moreNewer.peek()) return;
    await this.beside('newer', first, (answer) => {
      const { blocks, dropped } = trim(prependNewer(this.rows.peek(), (answer.entries ?? []).map(entryRow).reverse()), ROWS_MOST, 'old');
      if (answer.entries) this.rows.value = blocks;
      this.moreNewer.value = answer.more ?? true;
      if (dropped) this.moreOlder.value = true;
    });
  }

  /** Search on where the page was cut, or its reader stopped it. */
  goOn(): void {
    const way = this.resume.peek()?.way;
    if (!way) return;
    this.continued.value = way;
    void (way === 'newer' ? this.loadNewer() : this.loadOlder());
  }

  /** Where a page on one side begins: where the search left off, else at the last row. */
  private from(way: Way, last: Row | undefined): string | null {
    const value = this.resume.peek();
    return value?.way === way ? value.after : placeOf(last);
  }

  /** The page on one side; `show` gets what is found, as it is found. */
  private async beside(way: Way, after: string, show: (part: Part) => void): Promise<void> {
    const order = way === 'older' ? 'newest' : 'oldest';
    const params: Params = [...this.asked.params.peek(), ['order', order], ['limit', String(PAGE)], ['after', after], ...shape()];
    const take = (part: Part) => batch(() => {
      show(part);
      const place = leftOff(part, way);
      // The other side keeps its place.
      if (place || this.resume.peek()?.way === way) this.resume.value = place ?? (part.progress && !part.progress.done ? this.resume.peek() : null);
    });
    const answer = await this[way].run((signal, soFar) => getInSteps<EntriesAnswer>('entries', params, signal, (part) => {
      if (!signal.aborted) take(part);
      soFar(part);
    }));
    if (answer !== null) take(answer);
  }

  /** The page around a position of the search, for a jump; the row there is selected. False when nothing is there. */
  async showAt(realtime: number, ord: number): Promise<boolean> {
    const half: Params = [...this.asked.params.peek(), ['limit', String(PAGE / 2)], ...shape()];
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
    this.resume.value = null;
    this.rows.value = appendOlder([], rows);
    this.moreOlder.value = pages.more;
    this.moreNewer.value = pages.moreNewer;
    this.toRow.value = { id: rows[Math.max(0, pages.newer - 1)]!.id };
    return true;
  }

  /** Rows that arrived, put where they belong; whether any was new. */
  insert(arrivals: Row[]): boolean {
    if (arrivals.length === 0) return false;
    const { blocks, added } = insert(this.rows.peek(), arrivals, this.moreOlder.peek());
    if (added === 0) return false;
    const trimmed = trim(blocks, ROWS_MOST, 'old');
    this.rows.value = trimmed.blocks;
    if (trimmed.dropped) this.moreOlder.value = true;
    return true;
  }
}
