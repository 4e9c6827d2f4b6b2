// Below a node: what is wrong with it, what to do, and which of its entries are missing.

import type { Node } from '../api/types.ts';
import { openNode } from '../state/fleet.ts';
import { zone } from '../state/navigation.ts';
import type { Advice } from '../text/advice.ts';
import { plural } from '../text/numbers.ts';
import { exact } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { copy } from './clipboard.ts';
import { Icon } from './icons.tsx';

/** Gaps shown of one node; the number of missing entries is of all. */
const GAPS_SHOWN = 5;

export function Troubles({ node, advice, columns }: { node: Node; advice: Advice[]; columns: number }) {
  if (advice.length === 0) return null;
  return (
    <tr class="troubles">
      <td colSpan={columns}>
        <ul>
          {advice.map((each) => <Line node={node} advice={each} />)}
          {node.gaps.slice(0, GAPS_SHOWN).map((gap) => (
            <li class="dim">{plural(gap.last - gap.first + 1, 'entry', 'entries')} missing{gap.since ? ` since ${exact(gap.since, zone.value).slice(0, 19)}` : ''}: {visible(gap.cause)} (seqnum {gap.first}–{gap.last})</li>
          ))}
          {node.gaps.length > GAPS_SHOWN && <li class="dim">and {plural(node.gaps.length - GAPS_SHOWN, 'more gap')}</li>}
        </ul>
      </td>
    </tr>
  );
}

function Line({ node, advice }: { node: Node; advice: Advice }) {
  const { command, page } = advice;
  return (
    <li class={`advice ${advice.level}`}>
      {visible(advice.text)}
      {command && <> <code>{visible(command)}</code> <button type="button" class="button icon-only small" title="Copy the command" aria-label={`Copy the command ${command}`} onClick={() => void copy(command, 'the command')}><Icon name="copy" /></button></>}
      {page && <> <button type="button" class="link" onClick={() => openNode(node, { page })}>{page === 'patterns' ? 'What it logs most' : 'Which ones'}</button></>}
    </li>
  );
}
