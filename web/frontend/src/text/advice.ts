// What is wrong with a node, and what to do about it, in words.

import type { Node } from '../api/types.ts';
import { plural, span } from './numbers.ts';
import { ago } from './time.ts';

export interface Advice {
  level: 'bad' | 'warning' | 'note';
  text: string;
  /** To be run on the node. */
  command?: string;
  /** A page that shows more, with the node as its filter. */
  page?: 'patterns' | 'events';
}

/** Microseconds: clocks further apart than this deserve a word. */
export const SKEW = 2e6;

/** Everything about `node`, the worst first; nothing of a node that is well. `stopped`: when it was shut down in order. */
export function advise(node: Node, now: number, stopped: number | null): Advice[] {
  return [...ofState(node, now, stopped), ...ofJournal(node), ...ofClock(node)];
}

function ofState(node: Node, now: number, stopped: number | null): Advice[] {
  const out: Advice[] = [];
  if (node.state === 'silent') {
    const last = node.last_seen === null ? 'never' : ago(node.last_seen, now);
    if (stopped !== null) {
      out.push({ level: 'note', text: `Shut down in order ${ago(stopped, now)}. Nothing to do, unless it should be up.` });
    } else {
      const ours = Boolean(node.version);
      out.push({
        level: 'bad',
        text: `Last heard ${last}, and no word of a shutdown. Is the machine up? Then see why it does not send:`,
        command: ours ? 'systemctl status journalhub-shipper; journalhub doctor' : 'systemctl status systemd-journal-upload',
      });
    }
  }
  if (node.at_risk) {
    out.push({
      level: 'bad',
      text: 'Its journald will soon delete entries that were not shipped. Mend the way to this hub, or raise SystemMaxUse= in its journald.conf until it is mended.',
    });
  }
  if (node.state === 'behind') {
    out.push({
      level: 'warning',
      text: `${node.behind === null ? 'Far' : span(node.behind)} behind: it catches up after an outage, or logs faster than it ships. If that grows, look at its network, and at what it logs most.`,
      page: 'patterns',
    });
  }
  if (node.pending?.length) {
    out.push({ level: 'note', text: 'It was far behind: the newest entries come already, the older ones beside them. Nothing to do.' });
  }
  return out;
}

function ofJournal(node: Node): Advice[] {
  const out: Advice[] = [];
  if (node.missing > 0) {
    const rotated = node.gaps.some((gap) => gap.cause.startsWith('rotated'));
    const why = rotated
      ? 'journald deleted them before they were shipped: raise SystemMaxUse= in its journald.conf above what an outage brings'
      : 'they never came; deleted before they were shipped, or skipped by a stock sender';
    out.push({ level: 'warning', text: `${plural(node.missing, 'entry is', 'entries are')} missing: ${why}.` });
  }
  for (const file of node.quarantined) {
    out.push({ level: 'warning', text: 'A journal file cannot be read, and is left out. See what is wrong with it, then move it away:', command: `journalctl --verify --file=${quoted(file)}` });
  }
  if (node.refused > 0) out.push({ level: 'warning', text: `${plural(node.refused, 'entry was', 'entries were')} refused${reasons(node)}.` });
  if (node.suppressed) {
    out.push({ level: 'warning', text: `Its journald dropped ${plural(node.suppressed, 'message')} before they were written: quiet the service, or raise LogRateLimitBurst= of its unit.`, page: 'events' });
  }
  const dropped = node.dropped.reduce((sum, each) => sum + each.count, 0);
  if (dropped > 0) out.push({ level: 'note', text: `${plural(dropped, 'entry', 'entries')} left out or changed by its own rules: ${node.dropped.map((each) => each.rule).join(', ')}.` });
  return out;
}

function ofClock(node: Node): Advice[] {
  const skew = node.clock_skew;
  if (skew === null || Math.abs(skew) <= SKEW) return [];
  return [{
    level: 'warning',
    text: `Its clock is ${span(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'late'}: its times do not compare with those of others. See whether it has a time service, and which servers it reaches:`,
    command: 'timedatectl; timedatectl timesync-status',
  }];
}

const reasons = (node: Node): string => {
  const texts = Object.entries(node.refused_reasons ?? {}).map(([reason, n]) => `${reason} (${n})`);
  return texts.length ? `: ${texts.join(', ')}` : '';
};

/** A path as one word of a shell. */
const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
