// One search on the page, from the text to the rows and figures: what begins when, and what a newer search or its reader
// cancels.

import { effect, signal } from '@preact/signals';
import { getJson } from '../api/client.ts';
import type { ParseAnswer } from '../api/types.ts';
import { Asked, shape } from './asked.ts';
import { Figures } from './figures.ts';
import { List } from './list.ts';
import { Live } from './live.ts';
import { view } from './navigation.ts';
import { Resource, type Loading } from './resource.ts';
import type { Row } from './rows.ts';
import { facetFields } from './settings.ts';
import { searchKey, type View } from './view.ts';

/** Milliseconds after which the page asks for nodes, boots and the like, whether or not rows are there. */
const BESIDE_WAIT = 500;
/** Milliseconds that rows have before the other panels ask: on most days they need less. */
const HEAD_START = 40;
const pause = (ms: number): Promise<void> => new Promise((resolve) => window.setTimeout(resolve, ms));
/** Milliseconds after the first page when it is asked for once more: entries become searchable within a second. */
const SETTLE = 1500;

export class Search {
  readonly asked = new Asked();
  readonly parse = new Resource<ParseAnswer>();
  readonly list = new List(this.asked);
  readonly live = new Live((rows) => this.arrived(rows));
  readonly figures = new Figures(this.asked, () => this.live.state.peek() !== 'off', SETTLE);
  /** What of the search is under way or done: the facets come after the rows. */
  readonly begun = signal<'nothing' | 'rows' | 'all'>('nothing');

  /** Resolves when the first rows are there or take long: what the page wants to know beside them waits for that. */
  readonly isUnderWay = new Promise<void>((resolve) => {
    window.setTimeout(resolve, BESIDE_WAIT);
    effect(() => {
      if (this.begun.value === 'all' || view.value.page !== 'logs') resolve();
    });
  });

  /** Panels that have not asked yet: until they have, they show what the search before found. */
  readonly toCome = signal<ReadonlySet<unknown>>(new Set());

  private run = 0;
  private settleTimer = 0;
  /** Whether the search is still wanted that has not settled, because it was paused; null where none has to. */
  private unsettled: (() => boolean) | null = null;

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
      if (!view.peek().around) void this.figures.loadFacets();
    });
    let by = view.peek().by;
    effect(() => {
      if (view.value.by === by) return;
      by = view.value.by;
      if (!view.peek().around) void this.figures.loadHistogram();
    });
  }

  /** The search of the view again, from its newest entries. */
  again(): void {
    void this.begin(view.peek());
  }

  /** Stop everything that is under way; what is there stays. */
  cancel(): void {
    const { list, figures } = this;
    this.run++;
    this.live.release();
    for (const each of [this.parse, list.older, list.newer]) each.cancel();
    if (list.page.busy.peek() && list.page.progress.peek() === null) list.clear();
    const toCome = this.toCome.peek();
    this.toCome.value = new Set();
    if (this.begun.peek() === 'nothing') {
      this.forget();
      list.page.stop();
      return;
    }
    // What had not begun yet is cancelled too, and can be loaded one by one.
    for (const each of [list.page, ...figures.all]) if (each.busy.peek() || toCome.has(each)) each.stop();
  }

  /** Nothing is there: what the search before found does not pass for what this one would. */
  private forget(): void {
    this.list.clear();
    for (const each of this.figures.all) each.reset();
  }

  /** Whether a panel does not show, or not wholly, what the view asks for. */
  readonly isAwaited = (panel: Loading<unknown>): boolean => panel.busy.value || this.toCome.value.has(panel);

  readonly isBusy = (): boolean =>
    this.toCome.value.size > 0 || ([this.parse, this.list.page, this.list.older, this.list.newer, ...this.figures.all] as Resource<unknown>[]).some((each) => each.busy.value);

  private async begin(now: View): Promise<void> {
    const run = ++this.run;
    const { list, figures } = this;
    this.begun.value = 'nothing';
    window.clearTimeout(this.settleTimer);
    figures.forget();
    this.live.stop();
    for (const each of [list.older, list.newer]) each.reset();
    for (const each of [list.page, ...figures.all]) {
      each.cancel();
      each.stopped.value = false;
    }
    list.page.error.value = null;
    const isWanted = () => run === this.run;
    // From this moment on, and not only when they ask: between the two lies how the collector reads the text.
    this.toCome.value = now.around ? new Set() : new Set([list.page, ...figures.all]);
    if (now.around) {
      for (const each of [this.parse, ...figures.all] as Resource<unknown>[]) each.reset();
      this.begun.value = 'all';
      await list.loadAround(now, now.around, isWanted);
      return;
    }
    if (!(await this.read(now, isWanted))) {
      if (isWanted()) this.toCome.value = new Set();
      return;
    }
    // Side by side: what is stored between the two, `settle` brings.
    const isOpen = now.until ? null : this.live.start([...this.asked.params.peek(), ...shape()]);
    await this.load(now, isWanted, isOpen);
  }

  /** How the collector reads what was typed. False when it cannot, or is no longer asked. */
  private async read(now: View, isWanted: () => boolean): Promise<boolean> {
    this.asked.canonical = null;
    if (now.q.trim()) {
      const parsed = await this.parse.run((signal) => getJson('parse', [['q', now.q.trim()]], signal));
      if (!isWanted()) return false;
      if (parsed === null) {
        this.forget();
        return false;
      }
      this.asked.canonical = parsed.canonical;
    } else {
      this.parse.reset();
    }
    this.asked.params.value = this.asked.of(now);
    return true;
  }

  /** `isOpen`: when the tail is; null where nothing is followed. */
  private async load(now: View, isWanted: () => boolean, isOpen: Promise<void> | null): Promise<void> {
    const { list, figures } = this;
    this.begun.value = 'rows';
    this.toCome.value = new Set(figures.all);
    // Oldest first, a range with an end is read from its beginning; one that goes on, from where it is now.
    let begun = () => undefined as void;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const rows = list.load(now.order === 'oldest' && isOpen === null, isWanted, begun);
    // Rows first: the others follow once those are there, or take longer than a moment.
    await Promise.race([rows, isBegun, pause(HEAD_START)]);
    if (!isWanted()) return;
    this.toCome.value = new Set([figures.facets]);
    const others = [figures.loadHistogram(now), figures.loadCount()];
    // The sidebar does not wait either for rows that take long.
    await Promise.race([rows, isBegun]);
    if (!isWanted()) return;
    this.begun.value = 'all';
    this.toCome.value = new Set();
    others.push(figures.loadFacets(now));
    const isThere = await rows;
    if (!isWanted()) return;
    const settle = () => {
      if (isWanted()) this.settleTimer = window.setTimeout(() => void this.settle(isWanted), SETTLE);
    };
    if (isThere && isOpen) void isOpen.then(settle);
    this.live.release();
    await Promise.all(others);
    figures.upToDate();
  }

  /** What the tail could not bring, once; for who has paused nothing moves, and it waits until they resume. */
  private async settle(isWanted: () => boolean): Promise<void> {
    const mayMove = () => isWanted() && this.live.state.peek() !== 'paused';
    this.unsettled = isWanted;
    if (!mayMove()) return;
    const isAny = await this.list.settle(mayMove);
    if (!mayMove()) return;
    this.unsettled = null;
    if (isAny) this.figures.arrived();
  }

  /** From paused to live, with what arrived meanwhile. */
  resume(): void {
    if (this.live.state.peek() !== 'paused') return;
    const rows = this.live.resume();
    if (rows === null || this.list.moreNewer.peek()) {
      this.again();
      return;
    }
    this.arrived(rows);
    this.list.toStart.value++;
    if (this.unsettled) void this.settle(this.unsettled);
  }

  private arrived(rows: Row[]): void {
    if (this.list.insert(rows)) this.figures.arrived();
  }
}

export const search = new Search();
