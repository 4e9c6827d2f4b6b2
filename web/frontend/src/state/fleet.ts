// What the fleet's page shows beside the ledger: rates over the last hour, boots, shutdowns of silent nodes, the hub.

import { computed, effect, signal } from '@preact/signals';
import { getJson } from '../api/client.ts';
import type { Answer, EventsAnswer, HistogramAnswer, Node, Status, Value } from '../api/types.ts';
import { asText, textOf } from '../text/values.ts';
import { fleet } from './details.ts';
import { go, view } from './navigation.ts';
import { FIRST_VIEW, type View } from './view.ts';

export interface Rates {
  start: number;
  interval: number;
  /** By machine id. */
  counts: ReadonlyMap<string, number[]>;
}

export interface Boots {
  number: number;
  /** Microseconds: the first entry of the newest one. */
  since: number;
}

/** Of `/api/v1/boots`, what is counted here. */
interface BootList extends Answer {
  boots: { machine_id: Value; first: number }[];
}

export const rates = signal<Rates | null>(null);
/** By machine id. */
export const boots = signal<ReadonlyMap<string, Boots>>(new Map());
/** By machine id: microseconds of the newest word of a shutdown. */
export const stops = signal<ReadonlyMap<string, number>>(new Map());
export const hubVersion = signal('');

/** Milliseconds between two looks, while the page is open. */
const EVERY = 30_000;
const BARS = 60;
/** Shutdowns looked for: an evening of updates of a fleet. */
const STOPS = '100';

/** Microseconds between the word of a shutdown and the last entry of that boot. */
const STOPPING = 180e6;

/** When a silent node was shut down in order, in microseconds; null when nothing tells of that. */
export function stoppedAt(node: Node): number | null {
  const at = stops.value.get(node.machine_id);
  return node.state === 'silent' && at !== undefined && node.last_entry !== null && Math.abs(node.last_entry - at) < STOPPING ? at : null;
}

/** The node's entries: a range of the log, or what a page says of them. */
export function openNode(node: Node, change: Partial<View> = {}): void {
  go({ ...FIRST_VIEW, zone: view.peek().zone, since: '-1d', pills: [{ field: '_HOSTNAME', value: node.hostname, not: false }], ...change });
}

async function look(signal: AbortSignal): Promise<void> {
  // Each is a column of its own: one that fails leaves the others, and the table.
  await Promise.allSettled([lookAtRates(signal), lookAtBoots(signal), lookAtStops(signal), lookAtHub(signal)]);
}

async function lookAtRates(signal: AbortSignal): Promise<void> {
  const answer = await getJson<HistogramAnswer>('histogram', [['since', '-1h'], ['until', 'now'], ['buckets', String(BARS)], ['by', '_MACHINE_ID']], signal);
  const counts = new Map(answer.series.map((series) => [series.value === null ? '' : asText(series.value), series.counts] as const));
  rates.value = { start: answer.start, interval: answer.interval, counts };
}

async function lookAtBoots(signal: AbortSignal): Promise<void> {
  const answer = await getJson<BootList>('boots', [], signal);
  const found = new Map<string, Boots>();
  for (const boot of answer.boots) {
    const machine = asText(boot.machine_id);
    const before = found.get(machine);
    found.set(machine, { number: (before?.number ?? 0) + 1, since: Math.max(before?.since ?? 0, boot.first) });
  }
  boots.value = found;
}

async function lookAtStops(signal: AbortSignal): Promise<void> {
  const silent = (fleet.data.peek()?.nodes ?? []).filter((node) => node.state === 'silent' && node.last_entry !== null);
  if (silent.length === 0) return;
  const since = Math.min(...silent.map((node) => node.last_entry!)) - STOPPING;
  const answer = await getJson<EventsAnswer>(
    'events', [['kind', 'shutdown'], ['since', `@${(since / 1e6).toFixed(6)}`], ['limit', STOPS], ['hosts', '0'], ['buckets', '1'], ['fields', '_MACHINE_ID']], signal,
  );
  const found = new Map<string, number>();
  for (const entry of answer.kinds[0]?.newest ?? []) {
    const machine = textOf(entry, '_MACHINE_ID');
    if (!found.has(machine)) found.set(machine, Number(entry.__REALTIME_TIMESTAMP));
  }
  stops.value = found;
}

async function lookAtHub(signal: AbortSignal): Promise<void> {
  hubVersion.value = (await getJson<Status>('status', [], signal)).version ?? '';
}

export function startFleet(): void {
  let controller: AbortController | null = null;
  let timer = 0;
  effect(() => {
    const open = view.value.page === 'fleet' && fleet.data.value !== null;
    if (open === (controller !== null)) return;
    window.clearInterval(timer);
    controller?.abort();
    controller = open ? new AbortController() : null;
    if (!controller) return;
    const { signal } = controller;
    void look(signal);
    timer = window.setInterval(() => {
      if (!document.hidden) void look(signal);
    }, EVERY);
  });
  // A node that falls silent now is asked about now.
  const silent = computed(() => (fleet.data.value?.nodes ?? []).filter((node) => node.state === 'silent').map((node) => node.machine_id).join());
  effect(() => {
    if (silent.value && controller) void lookAtStops(controller.signal).catch(() => undefined);
  });
}
