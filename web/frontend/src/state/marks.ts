// What stands between two rows of the list without being an entry: reboots, and entries that never came.

import type { Node } from '../api/types.ts';
import { textOf } from '../text/values.ts';
import type { Blocks, EntryRow, Row } from './rows.ts';
import { hostFilter } from './select.ts';
import type { Pill } from './view.ts';

export interface BootMark {
  kind: 'boot';
  host: string;
  bootId: string;
}

/** Entries that a node wrote before `until` (µs) and the collector does not have. */
export interface GapMark {
  kind: 'gap';
  host: string;
  seqnumId: string;
  first: number;
  last: number;
  /** 0: unknown. */
  since: number;
  until: number;
  cause: string;
}

export type Mark = BootMark | GapMark;

/** By the id of a row: what stands between it and the next older one. HEAD: above the newest row. */
export type Marks = ReadonlyMap<string, readonly Mark[]>;
export const HEAD = '';

const machineOf = (row: EntryRow): string => textOf(row.entry, '_MACHINE_ID') || textOf(row.entry, '_HOSTNAME');

/** The first loaded entry of each boot that follows another boot of the same machine. */
export function bootMarks(blocks: Blocks): Map<string, Mark[]> {
  const out = new Map<string, Mark[]>();
  const last = new Map<string, string>();
  const seen = new Set<string>();
  for (let at = blocks.length - 1; at >= 0; at--) {
    const { rows } = blocks[at]!;
    for (let place = rows.length - 1; place >= 0; place--) {
      const row = rows[place]!;
      if (row.kind !== 'entry') continue;
      const machine = machineOf(row);
      const bootId = textOf(row.entry, '_BOOT_ID');
      if (!bootId || last.get(machine) === bootId) continue;
      // Around a reboot clocks jump, and entries of both boots mingle: a boot begins once.
      const known = seen.has(`${machine} ${bootId}`);
      if (last.has(machine) && !known) out.set(row.id, [{ kind: 'boot', host: textOf(row.entry, '_HOSTNAME'), bootId }]);
      if (!known) last.set(machine, bootId);
      seen.add(`${machine} ${bootId}`);
    }
  }
  return out;
}

/** The gaps of the nodes that the filters leave, with a time known. */
export function gapsOf(nodes: readonly Node[], pills: readonly Pill[], hosts: ReadonlySet<string> | null): GapMark[] {
  const isShown = hostFilter(pills);
  return nodes
    .filter((node) => isShown(node.hostname))
    .filter((node) => hosts === null || hosts.has(node.hostname))
    .flatMap((node) => node.gaps.map((gap): GapMark => ({
      kind: 'gap', host: node.hostname, seqnumId: gap.seqnum_id, first: gap.first, last: gap.last,
      since: gap.since ?? 0, until: gap.until || gap.since || 0, cause: gap.cause,
    })))
    .filter((gap) => gap.until > 0);
}

export interface Reach {
  /** Microseconds: where the search begins; 0 for the first entry. */
  start: number;
  moreOlder: boolean;
  moreNewer: boolean;
}

/** Adds `gaps` to `marks` where they belong among the loaded rows; those beyond what is loaded come with their page. */
export function placeGaps(marks: Map<string, Mark[]>, rows: readonly Row[], gaps: readonly GapMark[], reach: Reach): Marks {
  const told = new Set(rows.map((row) => (row.kind === 'gap' ? `${row.gap.seqnum_id} ${row.gap.first}` : '')));
  for (const gap of gaps) {
    if (rows.length === 0 || gap.until < reach.start || told.has(`${gap.seqnumId} ${gap.first}`)) continue;
    const newer = countFrom(rows, gap.until);
    if (newer === rows.length && reach.moreOlder) continue;
    if (newer === 0 && reach.moreNewer) continue;
    const id = newer === 0 ? HEAD : rows[newer - 1]!.id;
    marks.set(id, [...(marks.get(id) ?? []), gap]);
  }
  return marks;
}

/** How many rows, newest first, are from `time` or later. */
function countFrom(rows: readonly Row[], time: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.realtime >= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
