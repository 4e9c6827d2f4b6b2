// Follow, pause, resume: what arrives is shown at once while live, and counted and kept while paused.

import { signal } from '@preact/signals';
import type { Params } from '../api/client.ts';
import { entryRow, gapRow, type Row } from './rows.ts';
import { Tail, type TailState } from './tail.ts';

/** `off`: a range with an end, or the surroundings of an entry: nothing arrives there. */
export type LiveState = 'live' | 'paused' | 'off';

/** Milliseconds between redraws of arriving rows: below what an eye follows, far above what drawing costs. */
const REDRAW = 80;
/** Rows kept while paused; with more, resuming loads the newest page instead. */
const PENDING_MOST = 2000;
/** Milliseconds: a hidden page gives its connection back after this. */
const HIDDEN_MOST = 20_000;

export class Live {
  readonly state = signal<LiveState>('off');
  readonly connection = signal<TailState>('connecting');
  /** Arrived while paused. */
  readonly pending = signal(0);
  /** Why it is paused: by scrolling it ends when the reader is back at the top. */
  pausedBy: 'scroll' | 'reader' = 'reader';

  private tail: Tail | null = null;
  private arrived: Row[] = [];
  private held: Row[] = [];
  private holding = true;
  private timer = 0;
  private hiddenTimer = 0;

  constructor(private readonly show: (rows: Row[]) => void) {
    document.addEventListener('visibilitychange', () => this.visibility());
  }

  /** Open the stream; rows are kept back until `release`. Resolves when nothing that arrives can be missed any more. */
  start(params: Params): Promise<void> {
    this.stop();
    this.state.value = 'live';
    this.holding = true;
    this.tail = new Tail(params, {
      entry: (entry) => this.arrive(entryRow(entry)),
      gap: (gap, ord) => this.arrive(gapRow(gap, Date.now() * 1000, ord)),
      state: (state) => (this.connection.value = state),
    });
    return this.tail.ready;
  }

  /** The first page is there: what arrived meanwhile may follow. */
  release(): void {
    this.holding = false;
    this.flush();
  }

  stop(): void {
    this.tail?.close();
    this.tail = null;
    this.arrived = [];
    this.forget();
    this.state.value = 'off';
  }

  pause(by: 'scroll' | 'reader'): void {
    if (this.state.peek() !== 'live') return;
    this.flush();
    this.pausedBy = by;
    this.state.value = 'paused';
  }

  /** Back to live. The rows to show now, or null when too many arrived: then the newest page is to be loaded. */
  resume(): Row[] | null {
    const rows = this.pending.peek() > this.held.length ? null : this.held;
    this.forget();
    this.state.value = 'live';
    return rows;
  }

  private forget(): void {
    this.held = [];
    this.pending.value = 0;
  }

  private arrive(row: Row): void {
    this.arrived.push(row);
    if (!this.timer) this.timer = window.setTimeout(() => this.flush(), REDRAW);
  }

  private flush(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    if (this.holding || this.arrived.length === 0) return;
    const rows = this.arrived;
    this.arrived = [];
    if (this.state.peek() === 'live') {
      this.show(rows);
      return;
    }
    this.pending.value += rows.length;
    if (this.held.length < PENDING_MOST) this.held.push(...rows);
  }

  private visibility(): void {
    window.clearTimeout(this.hiddenTimer);
    if (document.hidden) this.hiddenTimer = window.setTimeout(() => this.tail?.sleep(), HIDDEN_MOST);
    else this.tail?.wake();
  }
}
