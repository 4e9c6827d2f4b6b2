// Requests to the API. Every address is relative: the page may lie under any path prefix.

import type { Progress } from './types.ts';

export type Params = ReadonlyArray<readonly [string, string]>;

/** An answer that is not 2xx, or no answer at all. */
export class ApiError extends Error {
  /** `status` 0: the server could not be reached. */
  constructor(
    readonly status: number,
    message: string,
    readonly advice: string,
    /** The parameter that is wrong, if any. */
    readonly where: string,
    /** The character where a query breaks, counted in code points, or null. */
    readonly at: number | null,
  ) {
    super(message);
  }
}

export function address(path: string, params: Params = []): string {
  const search = new URLSearchParams(params.map(([name, value]) => [name, value]));
  const query = search.toString();
  return `api/v1/${path}${query ? `?${query}` : ''}`;
}

export function getJson<T>(path: string, params: Params, signal: AbortSignal): Promise<T> {
  return ask<T>(address(path, params), { signal });
}

/** What an answer that takes longer says before its end: how far it has come, and the answer so far where that is new. */
export type SoFar<T> = (part: Partial<T> & { progress: Progress }) => void;

/** What the script that runs before this one has asked for. */
export interface Early {
  url: string;
  response: Promise<Response>;
  controller: AbortController;
}

/** How an answer in steps is asked for. */
export const inSteps = { headers: { Accept: 'application/json', 'Journalhub-Progress': '1' } };

/** The answer on its way to the very first question, once; else the question is asked now. */
function fetched(url: string, init: RequestInit): Promise<Response> {
  const holder = window as { early?: Early | undefined };
  const { early } = holder;
  if (early?.url !== url) return fetch(url, init);
  holder.early = undefined;
  init.signal?.addEventListener('abort', () => early.controller.abort());
  return early.response;
}

/** The answer to a question that may take long: meanwhile `soFar` hears how far it has come. */
export function getInSteps<T>(path: string, params: Params, signal: AbortSignal, soFar: SoFar<T>): Promise<T> {
  return ask<T>(address(path, params), { ...inSteps, signal }, soFar);
}

/** A request that changes something. */
export function change<T>(method: 'PUT' | 'POST' | 'DELETE', path: string, document?: unknown): Promise<T> {
  const body = document === undefined ? {} : { body: JSON.stringify(document) };
  return ask<T>(address(path), { method, ...body });
}

async function ask<T>(url: string, init: RequestInit, soFar?: SoFar<T>): Promise<T> {
  let response: Response;
  try {
    const type = init.body === undefined ? {} : { 'Content-Type': 'application/json' };
    response = await fetched(url, { ...init, headers: { Accept: 'application/json', ...type, ...init.headers } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'The collector does not answer', 'Check that it runs and that this machine can reach it.', '', null);
  }
  if (response.ok && soFar && response.headers.get('Content-Type')?.startsWith('application/x-ndjson')) return lastLine(response, soFar, init.signal);
  if (response.ok) return (await response.json()) as T;
  // The hub wants to know who reads: its form leads back here. Relative, so under any path prefix.
  if (response.status === 401) location.assign('login');
  throw await errorOf(response);
}

/** The last line of an answer in steps; those before it go to `soFar`. */
async function lastLine<T>(response: Response, soFar: SoFar<T>, signal: AbortSignal | null | undefined): Promise<T> {
  let last: (T & { progress: Progress }) | null = null;
  try {
    for await (const line of lines(response.body!)) {
      const said = JSON.parse(line) as (T & { progress: Progress }) | ErrorBody;
      if ('error' in said) throw errorIn(said, response);
      last = said as T & { progress: Progress };
      if (!last.progress.done) soFar(last);
    }
  } catch (error) {
    if (signal?.aborted || error instanceof ApiError) throw error;
    last = null;
  }
  if (last?.progress.done) return last;
  throw new ApiError(0, 'The answer broke off', 'The collector may have been restarted.', '', null);
}

/** The lines of a body, as they come. */
export async function* lines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let begun = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const whole = (begun + value).split('\n');
    begun = whole.pop()!;
    yield* whole;
  }
  if (begun) yield begun;
}

interface ErrorBody {
  error?: { what?: unknown; where?: unknown; do?: unknown; at?: unknown };
}

async function errorOf(response: Response): Promise<ApiError> {
  let body: ErrorBody = {};
  try {
    body = (await response.json()) as ErrorBody;
  } catch {
    // A proxy's HTML, for instance: the status says all there is.
  }
  return errorIn(body, response);
}

function errorIn(body: ErrorBody, response: Response): ApiError {
  const error = body.error ?? {};
  const where = error.where;
  const place = typeof where === 'object' && where !== null ? (where as Record<string, unknown>) : { parameter: where };
  const at = [error.at, place['at']].find((value) => typeof value === 'number');
  return new ApiError(
    response.status,
    text(error.what) || `The collector answered ${response.status} ${response.statusText}`,
    text(error.do),
    text(place['parameter'] ?? place['param']),
    typeof at === 'number' ? at : null,
  );
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
