// Every node: when it was last heard, how much it sends, how far behind it is, its boots, its clock. Trouble first, with
// what to do about it.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Node } from '../api/types.ts';
import { fleet } from '../state/details.ts';
import { boots, hubVersion, openNode, rates, stoppedAt } from '../state/fleet.ts';
import { zone } from '../state/navigation.ts';
import { advise, SKEW, type Advice } from '../text/advice.ts';
import { hostColour } from '../text/hosts.ts';
import { count, plural, short, span } from '../text/numbers.ts';
import { ago, exact, typed } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { Failure } from './Failure.tsx';
import { Spark } from './Spark.tsx';
import { Troubles } from './Troubles.tsx';

const now = signal(Date.now() * 1000);

/** Silent nodes first, those that were shut down in order behind those that nobody knows of; then who needs help. */
function rank(node: Node, advice: Advice[]): number {
  if (node.state === 'silent') return advice.some((each) => each.level === 'bad') ? 0 : 1;
  return advice.some((each) => each.level === 'bad') ? 2 : node.state === 'behind' ? 3 : advice.some((each) => each.level === 'warning') ? 4 : 5;
}

export function Fleet() {
  useEffect(() => {
    const timer = window.setInterval(() => (now.value = Date.now() * 1000), 1000);
    return () => window.clearInterval(timer);
  }, []);
  const { value: answer } = fleet.data;
  const error = fleet.error.value;
  const nodes = (answer?.nodes ?? [])
    .map((node) => ({ node, advice: advise(node, now.value, stoppedAt(node)) }))
    .map((each) => ({ ...each, rank: rank(each.node, each.advice) }))
    .sort((a, b) => a.rank - b.rank || (a.node.hostname < b.node.hostname ? -1 : 1));
  const tally = (state: Node['state']) => nodes.filter(({ node }) => node.state === state).length;
  return (
    <main class="fleet">
      <header>
        <h1>{plural(nodes.length, 'node')}</h1>
        {(['live', 'behind', 'silent'] as const).map((state) => <span class={`state ${tally(state) ? state : 'none'}`}><span class="dot" />{tally(state)} {state}</span>)}
        <span class="dim">{count(Math.round(nodes.reduce((sum, { node }) => sum + node.rate, 0)))} entries/s</span>
      </header>
      {error && <Failure what="The fleet could not be loaded" error={error} retry={() => fleet.retry()} />}
      {answer && nodes.length === 0 && <p class="dim">No node has sent anything yet.</p>}
      {nodes.length > 0 && (
        <div class="fleet-scroll" tabIndex={0} role="region" aria-label="Nodes">
          <table>
            <thead>
              <tr>
                <th scope="col">Host</th><th scope="col">State</th><th scope="col">Last seen</th><th scope="col">Last hour</th><th scope="col" class="number">Entries/s</th>
                <th scope="col" class="number">Behind</th><th scope="col" class="number">Entries</th><th scope="col" class="number">Missing</th>
                <th scope="col" class="number">Boots</th><th scope="col">Up since</th><th scope="col" class="number">Clock</th><th scope="col">Shipper</th>
              </tr>
            </thead>
            <tbody>{nodes.map(({ node, advice }) => <NodeRow key={`${node.machine_id} ${node.namespace ?? ''}`} node={node} advice={advice} />)}</tbody>
          </table>
        </div>
      )}
    </main>
  );
}

/** Columns of the table. */
const COLUMNS = 12;

function NodeRow({ node, advice }: { node: Node; advice: Advice[] }) {
  const own = boots.value.get(node.machine_id);
  return (
    <>
      <tr>
        <th scope="row">
          <button type="button" class={`link host-link h${hostColour(node.hostname)}`} title={`Machine ${node.machine_id}: show its entries`} onClick={() => openNode(node)}>{visible(node.hostname)}</button>
          {node.namespace ? <span class="dim"> {visible(node.namespace)}</span> : null}
        </th>
        <td><span class={`state ${node.state}`}><span class="dot" />{node.state}</span></td>
        <td><Moment us={node.last_seen} /></td>
        <td class="fleet-rate"><LastHour node={node} /></td>
        <td class="number">{node.rate < 10 ? node.rate.toFixed(1) : count(Math.round(node.rate))}</td>
        <td class={`number${node.behind !== null && node.behind > 60e6 ? ' bad' : ''}`}>{node.behind === null ? '–' : span(node.behind)}</td>
        <td class="number" title={count(node.entries)}>{short(node.entries)}</td>
        <td class={`number${node.missing ? ' bad' : ''}`}>{count(node.missing)}</td>
        <td class="number">{own ? count(own.number) : '–'}</td>
        <td><Moment us={own?.since ?? null} /></td>
        <Clock skew={node.clock_skew} />
        <td class="dim"><Version version={node.version ?? ''} /></td>
      </tr>
      <Troubles node={node} advice={advice} columns={COLUMNS} />
    </>
  );
}

/** Entries of the machine: its namespaces share the line. */
function LastHour({ node }: { node: Node }) {
  const all = rates.value;
  const counts = node.machine_id && all ? all.counts.get(node.machine_id) : undefined;
  if (!all || !counts) return null;
  return <Spark counts={counts} start={all.start} interval={all.interval} what={`entries of ${node.hostname}`} pick={(from, until) => openNode(node, { since: typed(from), until: typed(until) })} />;
}

function Clock({ skew }: { skew: number | null }) {
  if (skew === null) return <td class="number">–</td>;
  const far = Math.abs(skew) > SKEW;
  return <td class={`number${far ? ' bad' : ''}`} title="How far its clock is from the hub's, less than a second of it the way here">{far ? `${skew > 0 ? '+' : '−'}${span(Math.abs(skew))}` : 'right'}</td>;
}

function Version({ version }: { version: string }) {
  if (!version) return <>systemd-journal-upload</>;
  const hub = hubVersion.value;
  return hub && version !== hub ? <span title={`The hub is ${hub}`}>{version} <span class="badge">hub {hub}</span></span> : <>{version}</>;
}

function Moment({ us }: { us: number | null }) {
  return us === null ? <>–</> : <time title={exact(us, zone.value)}>{ago(us, now.value)}</time>;
}
