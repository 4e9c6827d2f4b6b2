// What the API answers: docs/api.md in types.

/** A value: text, or the bytes of a value that is not printable UTF-8. */
export type Value = string | number[];

/** An entry as journalctl's `-o json --all` writes it. A repeated field is an array of values. */
export interface Entry {
  __POSITION: string;
  __CURSOR: string;
  __REALTIME_TIMESTAMP: string;
  __CLIPPED?: Record<string, number>;
  [field: string]: Value | Value[] | Record<string, number> | undefined;
}

export interface ReadAs {
  as: 'query' | 'text';
  canonical: string;
  why?: string | null;
}

/** How far an answer reaches. */
export interface Progress {
  /** Days looked at, of those that the search touches, and the entries that they hold; null where not all may be seen. */
  days: number;
  of_days: number;
  entries: number | null;
  of_entries: number | null;
  /** Microseconds: what was looked at; nothing yet where `since` is after `until`. */
  since: number;
  until: number;
  done: boolean;
}

/** On every answer of a query. */
export interface Answer {
  took_ms: number;
  matched: number | null;
  partial: boolean;
  reason: string | null;
  progress?: Progress;
}

export interface EntriesAnswer extends Answer {
  entries: Entry[];
  more: boolean;
  next: string | null;
  read_as?: ReadAs | null;
}

export interface FieldsAnswer {
  fields: { name: string; count: number }[];
}

export interface ValuesAnswer {
  values: Value[];
  more: boolean;
}

export interface Boot {
  machine_id: string;
  hostname: string;
  boot_id: string;
  /** Microseconds. */
  first: number;
  last: number;
  /** 0 is the newest of its machine, -1 the one before. */
  index: number;
}

export interface BootsAnswer {
  boots: Boot[];
}

export interface CatalogAnswer {
  texts: { id: string; language: string; text: string }[];
}

export interface CountAnswer extends Answer {
  matched: number;
}

export interface Series {
  value: Value | null;
  counts: number[];
}

export interface HistogramAnswer extends Answer {
  start: number;
  interval: number;
  series: Series[];
  /** The values that `top` left out, together. */
  other?: { values: number; counts: number[] } | null;
}

export interface FacetValue {
  value: Value;
  count: number;
}

export interface Facet {
  field: string;
  values: FacetValue[];
  other: number;
  missing: number;
  reason?: string | null;
}

export interface FacetsAnswer extends Answer {
  facets: Facet[];
}

/** A value and how often, over time. */
export interface Counted {
  value: Value | null;
  count: number;
  counts: number[];
}

export interface EventKind {
  kind: string;
  title: string;
  level: 'bad' | 'warning' | 'note';
  advice: string;
  search: string | null;
  matched: number;
  counts: number[];
  hosts: Counted[];
  other_hosts: number;
  subjects: { field: string; value: Value; count: number }[];
  lost: number | null;
  newest: Entry[];
}

export interface EventsAnswer extends Answer {
  start: number;
  interval: number;
  kinds: EventKind[];
  read_as?: ReadAs | null;
}

export interface Pattern {
  /** `<*>` stands for what differs. */
  template: string;
  search: string;
  count: number;
  /** 0..1 of the messages that were looked at. */
  share: number;
  counts: number[];
  first: number;
  last: number;
  new: boolean | null;
}

export interface PatternsAnswer extends Answer {
  start: number;
  interval: number;
  scanned: number;
  since: number;
  patterns: Pattern[];
  other: number;
  unlike: number;
  read_as?: ReadAs | null;
}

export interface ContextAnswer extends Answer {
  before: Entry[];
  entry: Entry;
  after: Entry[];
}

export interface ParseAnswer {
  read_as: 'query' | 'text';
  canonical: string;
  why?: string | null;
  warnings: string[];
}

export interface Gap {
  seqnum_id: string;
  first: number;
  last: number;
  since: number | null;
  until: number | null;
  cause: string;
}

export interface Dropped {
  rule: string;
  count: number;
}

export interface Node {
  machine_id: string;
  hostname: string;
  namespace?: string | null;
  version?: string | null;
  state: 'live' | 'behind' | 'silent';
  last_seen: number | null;
  last_entry: number | null;
  behind: number | null;
  clock_skew: number | null;
  rate: number;
  entries: number;
  duplicates: number;
  refused: number;
  refused_reasons?: Record<string, number>;
  /** Whether its journald will soon delete what was not shipped. */
  at_risk?: boolean;
  /** Stretches that come beside the newest entries. */
  pending?: { since: number | null; until: number }[];
  /** Messages that its journald says it dropped. */
  suppressed?: number;
  gaps: Gap[];
  missing: number;
  dropped: Dropped[];
  quarantined: string[];
}

export interface NodesAnswer {
  nodes: Node[];
}

export interface UsersAnswer extends Answer {
  users: { machine_ids: string[]; names: Record<string, string> }[];
}

/** `event: gap` of the tail. */
export interface TailGap {
  hostname: string;
  seqnum_id: string;
  first: number;
  last: number;
  cause: string;
}

export interface Status {
  version: string;
}
