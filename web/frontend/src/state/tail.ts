// The live tail: server-sent events, resumed after the last event seen. EventSource reconnects by itself and sends
// Last-Event-ID; when a server refuses (503, a restart behind a proxy) it gives up, and we begin again after that id.

import { address, type Params } from '../api/client.ts';
import type { Entry, TailGap } from '../api/types.ts';

export type TailState = 'connecting' | 'open' | 'waiting';

export interface TailEvents {
  entry(entry: Entry): void;
  gap(gap: TailGap, ord: number): void;
  state(state: TailState): void;
}

/** Milliseconds; doubled after each failure, with jitter so that a hundred pages do not return at once. */
const RETRY_FIRST = 500;
const RETRY_MOST = 15_000;

export class Tail {
  private source: EventSource | null = null;
  private lastId = '';
  private delay = RETRY_FIRST;
  private timer = 0;
  private opened: () => void = () => undefined;
  /** Settles when the stream is open for the first time: nothing that arrives later is missed. */
  readonly ready = new Promise<void>((resolve) => (this.opened = resolve));

  constructor(
    private readonly params: Params,
    private readonly events: TailEvents,
  ) {
    this.connect();
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** Give the connection back while nobody looks (browsers allow six to one host); `wake` continues where it was. */
  sleep(): void {
    this.close();
  }

  wake(): void {
    if (!this.source) this.connect();
  }

  private connect(): void {
    this.close();
    this.events.state('connecting');
    const params = this.lastId ? [...this.params, ['after', this.lastId] as const] : this.params;
    const source = new EventSource(address('tail', params));
    this.source = source;
    source.onopen = () => {
      this.delay = RETRY_FIRST;
      this.events.state('open');
      this.opened();
    };
    source.onerror = () => {
      this.events.state('waiting');
      if (source.readyState === EventSource.CLOSED && this.source === source) this.later();
    };
    source.addEventListener('entry', (event) => {
      this.lastId = event.lastEventId || this.lastId;
      this.events.entry(JSON.parse(event.data as string) as Entry);
    });
    source.addEventListener('gap', (event) => {
      this.lastId = event.lastEventId || this.lastId;
      this.events.gap(JSON.parse(event.data as string) as TailGap, Number.parseInt(event.lastEventId, 10) || 0);
    });
  }

  private later(): void {
    this.source = null;
    this.timer = window.setTimeout(() => this.connect(), this.delay * (0.5 + Math.random()));
    this.delay = Math.min(this.delay * 2, RETRY_MOST);
  }
}
