// Some rows, drawn together and only when they change: 5,000 rows are 50 blocks.

import { Component } from 'preact';
import type { Block, Blocks, EntryRow, GapRow } from '../state/rows.ts';
import { plural } from '../text/numbers.ts';
import { priorityOf } from '../text/fields.ts';
import { hostColour, shortHost } from '../text/hosts.ts';
import { clock, day, dayTitle, exact, type Zone } from '../text/time.ts';
import { textOf } from '../text/values.ts';
import { Icon } from './icons.tsx';
import { Text } from './Text.tsx';

/** The day of the row above a block; empty for the first block, so that it begins with a header. */
export function dayAbove(blocks: Blocks, at: number, zone: Zone): string {
  const row = blocks[at - 1]?.rows.at(-1);
  return row ? day(row.realtime, zone) : '';
}

interface Props {
  block: Block;
  above: string;
  zone: Zone;
  /** The cursor of the entry whose surroundings are shown. */
  anchor: string | null;
}

export class BlockView extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    const now = this.props;
    return next.block !== now.block || next.above !== now.above || next.zone !== now.zone || next.anchor !== now.anchor;
  }

  override render({ block, above, zone, anchor }: Props) {
    let last = above;
    return (
      <tbody role="rowgroup">
        {block.rows.map((row) => {
          const today = day(row.realtime, zone);
          const header = today !== last && <DayRow key={`day-${today}`} us={row.realtime} zone={zone} />;
          last = today;
          const line = row.kind === 'gap'
            ? <Gap key={row.id} row={row} />
            : <Line key={row.id} row={row} zone={zone} isAnchor={row.entry.__CURSOR === anchor} />;
          return header ? [header, line] : line;
        })}
      </tbody>
    );
  }
}

function DayRow({ us, zone }: { us: number; zone: Zone }) {
  return (
    <tr role="row" class="day"><th role="rowheader" scope="rowgroup" colSpan={4}>{dayTitle(us, zone)}</th></tr>
  );
}

const URGENT = ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARN'];

function Line({ row, zone, isAnchor }: { row: EntryRow; zone: Zone; isAnchor: boolean }) {
  const { entry } = row;
  const host = textOf(entry, '_HOSTNAME');
  const level = priorityOf(textOf(entry, 'PRIORITY'));
  const clipped = entry.__CLIPPED?.['MESSAGE'];
  return (
    <tr role="row" class={`row p${level ?? 6}${isAnchor ? ' anchor' : ''}`} data-id={row.id} data-cursor={entry.__CURSOR} tabIndex={-1}>
      <th role="rowheader" scope="row" class="c-time">
        <button type="button" class="open" tabIndex={-1} title={exact(row.realtime, zone)}>{clock(row.realtime, zone)}</button>
      </th>
      <td role="gridcell" class={`c-host h${hostColour(host)}`} title={host}><Text text={shortHost(host)} /></td>
      <td role="gridcell" class="c-unit" title={textOf(entry, '_SYSTEMD_UNIT') || undefined}><Text text={speaker(row)} /></td>
      <td role="gridcell" class="c-message">
        {level !== null && level <= 4 && <span class="level-tag">{URGENT[level]}</span>}
        <Text text={textOf(entry, 'MESSAGE')} />
        {clipped !== undefined && <span class="clipped"> … {plural(clipped, 'byte')}</span>}
      </td>
    </tr>
  );
}

/** Who speaks, as short as it stays clear: the identifier as `-o short` has it, else the unit without ".service". */
export function speaker(row: EntryRow): string {
  const { entry } = row;
  const unit = (textOf(entry, '_SYSTEMD_UNIT') || textOf(entry, '_SYSTEMD_USER_UNIT')).replace(/\.service$/, '');
  return textOf(entry, 'SYSLOG_IDENTIFIER') || textOf(entry, '_COMM') || unit || textOf(entry, '_TRANSPORT');
}

function Gap({ row }: { row: GapRow }) {
  const { gap } = row;
  return (
    <tr role="row" class="gap" data-id={row.id}>
      <th role="rowheader" scope="row" colSpan={4}>
        <Icon name="warning" /> {gap.hostname}: {plural(gap.last - gap.first + 1, 'entry', 'entries')} missing, {gap.cause}
      </th>
    </tr>
  );
}
