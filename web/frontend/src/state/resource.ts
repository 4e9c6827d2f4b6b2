// One request of a panel: it loads, fails and is retried for itself, and a newer one cancels it.

import { signal, type Signal } from '@preact/signals';
import { ApiError, isAbort } from '../api/client.ts';

export interface Loading<T> {
  readonly data: Signal<T | null>;
  readonly error: Signal<ApiError | null>;
  readonly busy: Signal<boolean>;
  /** Its reader cancelled it; what is there is from before. */
  readonly stopped: Signal<boolean>;
}

export class Resource<T> implements Loading<T> {
  readonly data = signal<T | null>(null);
  readonly error = signal<ApiError | null>(null);
  readonly busy = signal(false);
  readonly stopped = signal(false);
  private controller: AbortController | null = null;
  private last: ((signal: AbortSignal) => Promise<T>) | null = null;

  /** Runs `work`, cancelling what runs. Resolves to the answer, or to null when it failed or was cancelled. */
  async run(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.controller?.abort();
    const controller = new AbortController();
    this.controller = controller;
    this.last = work;
    this.busy.value = true;
    this.stopped.value = false;
    try {
      const answer = await work(controller.signal);
      if (controller.signal.aborted) return null;
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
  }
}
