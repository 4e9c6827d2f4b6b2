// Requests to the API. Every address is relative: the page may lie under any path prefix.

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

/** A request that changes something. */
export function change<T>(method: 'PUT' | 'POST' | 'DELETE', path: string, document?: unknown): Promise<T> {
  const body = document === undefined ? {} : { body: JSON.stringify(document) };
  return ask<T>(address(path), { method, ...body });
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    const type = init.body === undefined ? {} : { 'Content-Type': 'application/json' };
    response = await fetch(url, { ...init, headers: { Accept: 'application/json', ...type } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'The collector does not answer', 'Check that it runs and that this machine can reach it.', '', null);
  }
  if (response.ok) return (await response.json()) as T;
  // The hub wants to know who reads: its form leads back here. Relative, so under any path prefix.
  if (response.status === 401) location.assign('login');
  throw await errorOf(response);
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
