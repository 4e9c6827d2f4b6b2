// Some rows, drawn together and only when they change: 5,000 rows are 50 blocks.

import { Component } from 'preact';
import type { Entry } from '../api/types.ts';
import { humanValue } from '../state/human.ts';
import { bordersOf, NO_BORDER, runsOf, sameBorder, unfolded, type Apart, type Border, type Run } from '../state/fold.ts';
import type { Mark, Marks } from '../state/marks.ts';
import type { Block, Blocks, EntryRow, GapRow, Row } from '../state/rows.ts';
import type { Order } from '../state/view.ts';
import { count, plural } from '../text/numbers.ts';
import { priorityOf } from '../text/fields.ts';
import { hostColour, shortHost } from '../text/hosts.ts';
import { clock, day, dayTitle, exact, type Zone } from '../text/time.ts';
import { asText, textOf, valuesOf } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { GapBetween, MarkRow } from './Between.tsx';
import { written } from './Text.tsx';

/** How rows are drawn. The same object as long as that does not change. */
export interface Look {
  zone: Zone;
  order: Order;
  columns: readonly string[];
  /** The cursor of the entry whose surroundings are shown. */
  anchor: string | null;
  hits: RegExp | null;
  fold: boolean;
}

/** The day of the row that is drawn above a block; empty for the first block, so that it begins with a header. */
export function dayAbove(blocks: Blocks, at: number, look: Look): string {
  const row = look.order === 'newest' ? blocks[at - 1]?.rows.at(-1) : blocks[at + 1]?.rows[0];
  return row ? day(row.realtime, look.zone) : '';
}

const inOrder = (rows: readonly Row[], look: Look): readonly Row[] => (look.order === 'oldest' ? [...rows].reverse() : rows);

/** Lines that look the same are apart when something stands between them. */
function apartBy(look: Look, marks: Marks): Apart {
  const isAnchor = (row: Row) => look.anchor !== null && row.kind === 'entry' && row.entry.__CURSOR === look.anchor;
  return (row, before) => {
    const newer = look.order === 'newest' ? before : row;
    return marks.has(newer.id) || isAnchor(row) || isAnchor(before) || day(row.realtime, look.zone) !== day(before.realtime, look.zone);
  };
}

/** What each of the blocks, newest first as they come, shows of its neighbours' rows. */
export function borders(blocks: Blocks, look: Look, marks: Marks): Border[] {
  if (!look.fold) return blocks.map(() => NO_BORDER);
  const drawn = blocks.map((block) => inOrder(block.rows, look));
  if (look.order === 'newest') return bordersOf(drawn, look.columns, apartBy(look, marks));
  return bordersOf(drawn.reverse(), look.columns, apartBy(look, marks)).reverse();
}

interface Props {
  block: Block;
  border: Border;
  /** Whether more of its last run may be there to load. */
  goesOn: boolean;
  above: string;
  look: Look;
  marks: Marks;
  /** What `marks` has of this block's rows, as text: two that are the same need no drawing. */
  marksKey: string;
}

interface State {
  /** The ids of the runs whose rows are all shown. */
  open: ReadonlySet<string>;
}

export class BlockView extends Component<Props, State> {
  override state: State = { open: new Set() };

  override shouldComponentUpdate(next: Props, state: State): boolean {
    const now = this.props;
    return next.block !== now.block || next.goesOn !== now.goesOn || !sameBorder(next.border, now.border) || next.above !== now.above || next.look !== now.look || next.marksKey !== now.marksKey || state !== this.state;
  }

  override render({ above, look, marks }: Props) {
    let last = above;
    const oldestFirst = look.order === 'oldest';
    const runs = this.runs();
    // An empty part would be reckoned as high as a full one while it is off the screen.
    if (runs.length === 0) return null;
    const between = (row: Row) => (marks.get(row.id) ?? []).map((mark) => <MarkRow key={`${row.id} ${mark.kind} ${mark.host}`} mark={mark} zone={look.zone} />);
    return (
      <tbody role="rowgroup">
        {runs.flatMap((run) => {
          const { head } = run;
          const today = day(head.realtime, look.zone);
          const header = today !== last && <DayRow key={`day-${today}`} us={head.realtime} zone={look.zone} />;
          last = today;
          const lines = [this.line(run, run === runs.at(-1) && this.props.goesOn), ...(run.rest.length > 0 && this.state.open.has(head.id) ? run.rest.map((row) => this.line({ head: row, rest: [] }, false)) : [])];
          // What stands on the older side of a row is below it, or above it when the oldest is on top.
          const end = run.rest.at(-1) ?? head;
          return oldestFirst ? [between(head), header, ...lines] : [header, ...lines, between(end)];
        })}
      </tbody>
    );
  }

  private runs(): Run[] {
    const { block, border, look, marks } = this.props;
    const rows = inOrder(block.rows, look);
    if (!look.fold) return unfolded(rows);
    const runs = runsOf(rows.slice(border.skip), look.columns, apartBy(look, marks));
    const last = runs.at(-1);
    return last && border.after.length > 0 ? [...runs.slice(0, -1), { head: last.head, rest: [...last.rest, ...border.after] }] : runs;
  }

  private line(run: Run, goesOn: boolean) {
    const { head } = run;
    if (head.kind === 'gap') return <Gap key={head.id} row={head} />;
    return line({ row: head, look: this.props.look, rest: run.rest, goesOn, isOpen: this.state.open.has(head.id), toggle: () => this.toggle(head.id) });
  }

  private toggle(id: string): void {
    const open = new Set(this.state.open);
    if (!open.delete(id)) open.add(id);
    this.setState({ open });
  }
}

function DayRow({ us, zone }: { us: number; zone: Zone }) {
  return (
    <tr role="row" class="day"><th role="rowheader" scope="rowgroup" colSpan={4}>{dayTitle(us, zone)}</th></tr>
  );
}

const URGENT = ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARN'];

interface LineProps {
  row: EntryRow;
  look: Look;
  /** Rows that say the same, folded into this one. */
  rest: readonly EntryRow[];
  /** More of them may be there to load. */
  goesOn: boolean;
  isOpen: boolean;
  toggle: () => void;
}

/** Not a component, and its cells are none: a page would have a thousand of them. */
function line({ row, look, rest, goesOn, isOpen, toggle }: LineProps) {
  const { entry } = row;
  const level = priorityOf(textOf(entry, 'PRIORITY'));
  const clipped = entry.__CLIPPED?.['MESSAGE'];
  const isAnchor = entry.__CURSOR === look.anchor;
  return (
    <tr key={row.id} role="row" class={`row p${level ?? '-none'}${isAnchor ? ' anchor' : ''}`} data-id={row.id} data-cursor={entry.__CURSOR} data-folded={rest.length && !isOpen ? rest.map((each) => each.id).join(' ') : undefined} tabIndex={-1}>
      <th role="rowheader" scope="row" class="c-time">
        <button type="button" class="open" tabIndex={-1} title={exact(row.realtime, look.zone)}>{clock(row.realtime, look.zone)}</button>
      </th>
      {look.columns.map((name) => cell(name, row))}
      <td role="gridcell" class="c-message">
        {level !== null && level <= 4 && <span class="level-tag">{URGENT[level]}</span>}
        {rest.length > 0 && <Times rest={rest} goesOn={goesOn} look={look} isOpen={isOpen} toggle={toggle} />}
        {written({ text: textOf(entry, 'MESSAGE'), hits: look.hits })}
        {clipped !== undefined && <span class="clipped"> … {plural(clipped, 'byte')}</span>}
      </td>
    </tr>
  );
}

/** "× 14": how often a line is said in a row; a click shows each. */
function Times({ rest, goesOn, look, isOpen, toggle }: Omit<LineProps, 'row'>) {
  const n = `${count(rest.length + 1)}${goesOn ? '+' : ''}`;
  const onClick = (event: MouseEvent) => {
    event.stopPropagation();
    toggle();
  };
  const until = clock(rest.at(-1)!.realtime, look.zone);
  return (
    <button type="button" class="times" tabIndex={-1} aria-expanded={isOpen} aria-label={`${n} times`} title={`The same line ${n} times, ${look.order === 'newest' ? 'since' : 'until'} ${until}: ${isOpen ? 'fold' : 'show each'}`} onClick={onClick}>
      × {n}
    </button>
  );
}

function cell(name: string, row: EntryRow) {
  const { entry } = row;
  if (name === '_HOSTNAME') {
    const host = textOf(entry, '_HOSTNAME');
    return <td key={name} role="gridcell" class={`c-host h${hostColour(host)}`} title={host}>{written({ text: shortHost(host) })}</td>;
  }
  if (name === 'SYSLOG_IDENTIFIER') {
    return <td key={name} role="gridcell" class="c-unit" title={textOf(entry, '_SYSTEMD_UNIT') || undefined}>{written({ text: speaker(row) })}</td>;
  }
  return <FieldCell key={name} name={name} entry={entry} />;
}

/** Any other field: its words follow what the collector tells of boots, users and events. */
function FieldCell({ name, entry }: { name: string; entry: Entry }) {
  const machineId = textOf(entry, '_MACHINE_ID');
  const text = valuesOf(entry, name).map((value) => humanValue(name, asText(value), machineId) || asText(value)).join(', ');
  return <td role="gridcell" class="c-field" title={visible(text) || undefined}>{written({ text })}</td>;
}

/** Who speaks, as short as it stays clear: the identifier as `-o short` has it, else the unit without ".service". */
export function speaker(row: EntryRow): string {
  const { entry } = row;
  const unit = (textOf(entry, '_SYSTEMD_UNIT') || textOf(entry, '_SYSTEMD_USER_UNIT')).replace(/\.service$/, '');
  return textOf(entry, 'SYSLOG_IDENTIFIER') || textOf(entry, '_COMM') || unit || textOf(entry, '_TRANSPORT');
}

function Gap({ row }: { row: GapRow }) {
  const { gap } = row;
  return <GapBetween id={row.id} host={gap.hostname} first={gap.first} last={gap.last} cause={gap.cause} title="" />;
}

/** `marks` of the rows that a block shows as text, in the order of the rows. */
export function marksKey(block: Block, border: Border, marks: Marks): string {
  if (marks.size === 0) return '';
  const name = (mark: Mark) => (mark.kind === 'boot' ? mark.bootId : `${mark.seqnumId} ${mark.first} ${mark.last}`);
  return [...block.rows, ...border.after.slice(-1)].map((row) => marks.get(row.id)?.map(name).join() ?? '').join('|').replace(/^\|+$/, '');
}
