// Every node: when it was last heard, how far behind it is, and what of its journal is missing. Trouble first.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Node } from '../api/types.ts';
import { fleet } from '../state/details.ts';
import { FIRST_VIEW } from '../state/view.ts';
import { go, view, zone } from '../state/navigation.ts';
import { hostColour } from '../text/hosts.ts';
import { count, plural, span } from '../text/numbers.ts';
import { ago, exact } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { Failure } from './Failure.tsx';

const RANK = { silent: 0, behind: 1, live: 2 } as const;
const now = signal(Date.now() * 1000);

export function Fleet() {
  useEffect(() => {
    const timer = window.setInterval(() => (now.value = Date.now() * 1000), 1000);
    return () => window.clearInterval(timer);
  }, []);
  const { value: answer } = fleet.data;
  const error = fleet.error.value;
  const nodes = [...(answer?.nodes ?? [])].sort((a, b) => RANK[a.state] - RANK[b.state] || (a.hostname < b.hostname ? -1 : 1));
  const tally = (state: Node['state']) => nodes.filter((node) => node.state === state).length;
  return (
    <main class="fleet">
      <header>
        <h1>{plural(nodes.length, 'node')}</h1>
        {(['live', 'behind', 'silent'] as const).map((state) => <span class={`state ${state}`}><span class="dot" />{tally(state)} {state}</span>)}
        <span class="dim">{count(Math.round(nodes.reduce((sum, node) => sum + node.rate, 0)))} entries/s</span>
      </header>
      {error && <Failure what="The fleet could not be loaded" error={error} retry={() => fleet.retry()} />}
      {answer && nodes.length === 0 && <p class="dim">No node has sent anything yet.</p>}
      {nodes.length > 0 && (
        <div class="fleet-scroll" tabIndex={0} role="region" aria-label="Nodes">
          <table>
            <thead>
              <tr>
                <th scope="col">Host</th><th scope="col">State</th><th scope="col">Last seen</th><th scope="col">Newest entry</th>
                <th scope="col" class="number">Behind</th><th scope="col" class="number">Entries/s</th><th scope="col" class="number">Entries</th>
                <th scope="col" class="number">Missing</th><th scope="col" class="number">Dropped</th><th scope="col">Shipper</th>
              </tr>
            </thead>
            <tbody>{nodes.map((node) => <NodeRow key={`${node.machine_id} ${node.namespace ?? ''}`} node={node} />)}</tbody>
          </table>
        </div>
      )}
    </main>
  );
}

function NodeRow({ node }: { node: Node }) {
  const dropped = node.dropped.reduce((sum, each) => sum + each.count, 0) + node.refused;
  const open = () => go({ ...FIRST_VIEW, zone: view.peek().zone, since: '-1d', pills: [{ field: '_HOSTNAME', value: node.hostname, not: false }] });
  return (
    <>
      <tr>
        <th scope="row">
          <button type="button" class={`link host-link h${hostColour(node.hostname)}`} title={`Machine ${node.machine_id}: show its entries`} onClick={open}>{visible(node.hostname)}</button>
          {node.namespace ? <span class="dim"> {visible(node.namespace)}</span> : null}
        </th>
        <td><span class={`state ${node.state}`}><span class="dot" />{node.state}</span></td>
        <td><Moment us={node.last_seen} /></td>
        <td><Moment us={node.last_entry} /></td>
        <td class={`number${node.behind !== null && node.behind > 60e6 ? ' bad' : ''}`}>{node.behind === null ? '–' : span(node.behind)}</td>
        <td class="number">{node.rate < 10 ? node.rate.toFixed(1) : count(Math.round(node.rate))}</td>
        <td class="number">{count(node.entries)}</td>
        <td class={`number${node.missing ? ' bad' : ''}`}>{count(node.missing)}</td>
        <td class={`number${dropped ? ' bad' : ''}`}>{count(dropped)}</td>
        <td class="dim">{node.version ?? 'systemd-journal-upload'}{skewed(node)}</td>
      </tr>
      {(node.gaps.length > 0 || node.quarantined.length > 0) && <Troubles node={node} />}
    </>
  );
}

/** Microseconds: clocks further apart than this deserve a word. */
const SKEW = 2e6;

function skewed(node: Node): string {
  const skew = node.clock_skew;
  return skew !== null && Math.abs(skew) > SKEW ? `, clock ${span(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'late'}` : '';
}

function Moment({ us }: { us: number | null }) {
  return us === null ? <>–</> : <time title={exact(us, zone.value)}>{ago(us, now.value)}</time>;
}

/** Gaps shown of one node; the number of missing entries is of all. */
const GAPS_SHOWN = 8;

function Troubles({ node }: { node: Node }) {
  return (
    <tr class="troubles">
      <td colSpan={10}>
        <ul>
          {node.gaps.slice(0, GAPS_SHOWN).map((gap) => (
            <li>{plural(gap.last - gap.first + 1, 'entry', 'entries')} missing{gap.since ? ` since ${exact(gap.since, zone.value).slice(0, 19)}` : ''}: {visible(gap.cause)} <span class="dim">(seqnum {gap.first}–{gap.last})</span></li>
          ))}
          {node.gaps.length > GAPS_SHOWN && <li class="dim">and {plural(node.gaps.length - GAPS_SHOWN, 'more gap')}</li>}
          {node.quarantined.map((file) => <li>Unreadable journal file: {visible(file)}</li>)}
        </ul>
      </td>
    </tr>
  );
}
