// One request of a panel: it loads, fails and is retried for itself, and a newer one cancels it.

import { batch, signal, type Signal } from '@preact/signals';
import { ApiError, isAbort, type SoFar } from '../api/client.ts';
import type { Answer, Progress } from '../api/types.ts';

export interface Loading<T> {
  readonly data: Signal<T | null>;
  readonly error: Signal<ApiError | null>;
  readonly busy: Signal<boolean>;
  /** Its reader cancelled it: what is there is what was found until then, or from before. */
  readonly stopped: Signal<boolean>;
  /** How far the answer reaches that is there or under way; null where that is not known (yet). */
  readonly progress: Signal<Progress | null>;
}

/** Some steps say only how far the search has come. */
const isAnswer = (part: object): boolean => 'took_ms' in part;

export class Resource<T> implements Loading<T> {
  readonly data = signal<T | null>(null);
  readonly error = signal<ApiError | null>(null);
  readonly busy = signal(false);
  readonly stopped = signal(false);
  readonly progress = signal<Progress | null>(null);
  private controller: AbortController | null = null;
  /** Whether `data` is of the request under way, not of one before. */
  private own = false;
  private last: ((signal: AbortSignal, soFar: SoFar<T>) => Promise<T>) | null = null;

  /** Runs `work`, cancelling what runs. Resolves to the answer, or to null when it failed or was cancelled. */
  async run(work: (signal: AbortSignal, soFar: SoFar<T>) => Promise<T>): Promise<T | null> {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.last = work;
    this.busy.value = true;
    this.stopped.value = false;
    this.progress.value = null;
    this.own = false;
    const soFar: SoFar<T> = (part) => {
      if (controller.signal.aborted) return;
      batch(() => {
        this.progress.value = part.progress;
        if (!isAnswer(part)) return;
        this.data.value = part as T;
        this.own = true;
      });
    };
    try {
      const answer = await work(controller.signal, soFar);
      if (controller.signal.aborted) return null;
      this.progress.value = (answer as Answer).progress ?? null;
      this.data.value = answer;
      this.error.value = null;
      return answer;
    } catch (error) {
      if (isAbort(error) || controller.signal.aborted) return null;
      this.error.value = error instanceof ApiError ? error : new ApiError(0, String(error), '', '', null);
      return null;
    } finally {
      if (this.controller === controller) this.busy.value = false;
    }
  }

  /** The same request again. */
  retry(): void {
    if (this.last) void this.run(this.last);
  }

  /** The reader waits no longer. */
  stop(): void {
    this.cancel();
    this.stopped.value = true;
    if (!this.own) this.progress.value = null;
  }

  cancel(): void {
    this.controller?.abort();
    this.busy.value = false;
  }

  /** Nothing loaded, nothing wrong. */
  reset(): void {
    this.cancel();
    this.data.value = null;
    this.error.value = null;
    this.stopped.value = false;
    this.progress.value = null;
  }
}
