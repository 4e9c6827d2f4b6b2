// The sidebar's questions: which fields, how many values of each, narrowed by what is typed into a facet.

import { isUid } from '../text/users.ts';
import { quote } from './select.ts';
import type { Pill } from './view.ts';

/** Values shown of a facet, when all of them are wanted, and when some are searched for. */
export const FACET_VALUES = 8;
export const FACET_VALUES_ALL = 200;
const FACET_VALUES_FOUND = 50;

/** Fields whose values people search for by a name that is not stored: the browser filters those itself. */
const NAMED: ReadonlySet<string> = new Set(['PRIORITY', 'SYSLOG_FACILITY', '_BOOT_ID', 'MESSAGE_ID', '_GID', 'ERRNO']);

export const isNamed = (field: string): boolean => NAMED.has(field) || isUid(field);

export interface FacetRequest {
  fields: string[];
  /** Filters on this field do not count: else there were no other values to choose from; "" for none. */
  without: string;
  limit: number;
  /** A condition of the search language beside the search, or "". */
  condition: string;
}

/** As few requests as ask for all `fields`. */
export function facetRequests(fields: readonly string[], pills: readonly Pill[], wide: ReadonlySet<string>, typed: ReadonlyMap<string, string>): FacetRequest[] {
  const groups = new Map<string, FacetRequest>();
  for (const field of fields) {
    const needle = (typed.get(field) ?? '').trim();
    const condition = needle && !isNamed(field) ? `${field}:*${quote(needle)}*` : '';
    const request: FacetRequest = {
      fields: [field],
      without: pills.some((pill) => pill.field === field) ? field : '',
      limit: condition ? FACET_VALUES_FOUND : wide.has(field) || needle ? FACET_VALUES_ALL : FACET_VALUES,
      condition,
    };
    const key = JSON.stringify([request.without, request.limit, request.condition]);
    const group = groups.get(key);
    if (group) group.fields.push(field);
    else groups.set(key, request);
  }
  return [...groups.values()];
}
