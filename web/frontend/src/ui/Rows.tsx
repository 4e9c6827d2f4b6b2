// The list: one line per entry, a bounded part of the document, so that find, select and copy just work.

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { Progress } from '../api/types.ts';
import { fleet, hostNames, selected } from '../state/details.ts';
import type { Border } from '../state/fold.ts';
import { bootMarks, gapsOf, HEAD, placeGaps, type Marks } from '../state/marks.ts';
import { toggleColumn, view, zone } from '../state/navigation.ts';
import type { Loading } from '../state/resource.ts';
import { flat, newest, size, type Blocks } from '../state/rows.ts';
import { search } from '../state/search.ts';
import type { Order } from '../state/view.ts';
import { dense, fold, wrap } from '../state/settings.ts';
import { labelOf } from '../text/fields.ts';
import { hitsOf } from '../text/hits.ts';
import { count, plural } from '../text/numbers.ts';
import { reach } from '../text/progress.ts';
import { exact } from '../text/time.ts';
import { textOf } from '../text/values.ts';
import { MarkRow } from './Between.tsx';
import { BlockView, borders, dayAbove, marksKey, type Look } from './Block.tsx';
import { copySelectedRows } from './copyRows.ts';
import { Empty } from './Empty.tsx';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';
import { PanelState } from './PanelState.tsx';
import { byId, chooseRow, clickRow, keyInRows, markSelected } from './rowKeys.ts';

/** Pixels: scrolled further than this, rows may not move under the reader. */
const AWAY = 16;

/** Pixels below the screen within which the next page is loaded. */
const AHEAD = 800;
/** Rows that are loaded by themselves to fill the screen; when they are all one line, the button loads more. */
const FILL_MOST = 1000;

/** Widths of columns in pixels; of any other field COLUMN. */
const WIDTHS: Record<string, number> = { _HOSTNAME: 104, SYSLOG_IDENTIFIER: 128, PRIORITY: 62, _PID: 62, SYSLOG_PID: 62, _UID: 96, _TRANSPORT: 72 };
const COLUMN = 130;

export function Rows() {
  const scroller = useRef<HTMLDivElement>(null);
  const blocks = search.list.rows.value;
  const { around, order } = view.value;
  const page = search.list.page;
  const rows = size(blocks);
  const resumed = search.list.resume.value;
  const continued = search.list.continued.value;
  const under: Loading<unknown> & { stop(): void } = continued ? search.list[continued] : page;
  useScrolling(scroller, blocks);
  const isAwaited = search.isAwaited(page);
  return (
    <div class="list" aria-busy={isAwaited}>
      <NewEntries />
      <PanelState what="entries" resource={under} load={() => search.again()} goOn={resumed ? () => search.list.goOn() : undefined} />
      <div class={`scroller${isAwaited && !(page.busy.value && page.progress.value) ? ' busy' : ''}${wrap.value ? ' wrap' : ''}${dense.value ? ' dense' : ''}`} ref={scroller}>
        {page.error.value && <Failure what="Entries could not be loaded" error={page.error.value} retry={() => search.again()} />}
        <Edge which={order === 'newest' ? 'newer' : 'older'} isTop />
        {rows > 0 && <Table blocks={blocks} rows={rows} anchor={around} />}
        {rows === 0 && search.begun.value !== 'nothing' && page.data.value !== null && !page.busy.value && !page.stopped.value && !page.error.value && !resumed && !search.list.older.busy.value && <Empty />}
        {rows === 0 && under.progress.value && (under.busy.value || resumed) && <NothingYet progress={under.progress.value} isBusy={under.busy.value} />}
        <Edge which={order === 'newest' ? 'older' : 'newer'} isTop={false} />
      </div>
    </div>
  );
}

/** Where the list stands: at its start, at the anchor, following; and that leaving the live end pauses. */
function useScrolling(ref: RefObject<HTMLDivElement | null>, blocks: Blocks): void {
  const last = useRef(0);
  const jumped = useRef(search.list.toRow.peek());
  const { order, around } = view.value;
  /** The live end is the bottom when the oldest is on top. */
  const follows = order === 'oldest' && search.live.state.value === 'live';
  const toStart = () => {
    if (ref.current) ref.current.scrollTop = order === 'oldest' && search.live.state.peek() !== 'off' ? ref.current.scrollHeight : 0;
  };
  useLayoutEffect(toStart, [search.list.toStart.value]);
  useLayoutEffect(() => {
    if (!follows) return undefined;
    toStart();
    // Blocks get their true heights when they are first drawn.
    const frame = requestAnimationFrame(toStart);
    return () => cancelAnimationFrame(frame);
  }, [follows, blocks]);
  useLayoutEffect(() => markSelected(selected.value), [selected.value, blocks]);
  useLayoutEffect(() => {
    if (around) ref.current?.querySelector('.row.anchor')?.scrollIntoView({ block: 'center' });
  }, [search.list.toAnchor.value]);
  useLayoutEffect(() => {
    const to = search.list.toRow.peek();
    const row = to === jumped.current ? null : byId(to.id);
    jumped.current = to;
    if (row) chooseRow(row);
  }, [search.list.toRow.value]);
  useEffect(() => {
    const element = ref.current!;
    const onScroll = () => {
      const top = element.scrollTop;
      const away = order === 'newest' ? top : element.scrollHeight - element.clientHeight - top;
      // What grows below pushes nobody away from the bottom: only going up does.
      const left = order === 'newest' || top < last.current;
      last.current = top;
      const { live } = search;
      if (away > AWAY && left) live.pause('scroll');
      else if (away <= 2 && live.state.peek() === 'paused' && live.pausedBy === 'scroll') search.resume();
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => element.removeEventListener('scroll', onScroll);
  }, [order]);
}

function Table({ blocks, rows, anchor }: { blocks: Blocks; rows: number; anchor: string | null }) {
  const { order, columns } = view.value;
  const canonical = anchor === null ? search.parse.data.value?.canonical ?? '' : '';
  const hits = useMemo(() => (canonical ? hitsOf(canonical) : null), [canonical]);
  const named = columns.join();
  const look: Look = useMemo(
    () => ({ zone: zone.value, order, columns, anchor, hits, fold: fold.value }),
    [zone.value, order, named, anchor, hits, fold.value, hostNames.value],
  );
  const marks = useMarks(blocks);
  const head = marks.get(HEAD);
  const sides = useMemo(() => borders(blocks, look, marks), [blocks, look, marks]);
  const more = (order === 'newest' ? search.list.moreOlder : search.list.moreNewer).value;
  const lastShown = shownLast(blocks, sides, order);
  const shown = blocks.map((block, at) => (
    <BlockView key={block.id} block={block} border={sides[at]!} goesOn={more && at === lastShown} above={dayAbove(blocks, at, look)} look={look} marks={marks} marksKey={marksKey(block, sides[at]!, marks)} />
  ));
  const top = head && <tbody role="rowgroup" key="head">{head.map((mark) => <MarkRow mark={mark} zone={look.zone} />)}</tbody>;
  return (
    <table
      class="rows"
      role="grid"
      aria-label="Journal entries"
      aria-rowcount={search.list.moreOlder.value || search.list.moreNewer.value ? -1 : rows}
      style={{ '--middle': columns.map((name) => `${WIDTHS[name] ?? COLUMN}px`).join(' ') }}
      onClick={clickRow}
      onKeyDown={keyInRows}
      onCopy={copySelectedRows}
    >
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" class="c-time">Time</th>
          {columns.map((name) => <ColumnHead key={name} name={name} />)}
          <th role="columnheader" scope="col" class="c-message">Message</th>
        </tr>
      </thead>
      {order === 'newest' ? [top, ...shown] : [...shown.reverse(), top]}
    </table>
  );
}

/** The block that shows the last line: those below it may be shown by it too. */
function shownLast(blocks: Blocks, sides: readonly Border[], order: Order): number {
  const places = blocks.map((_, at) => at);
  if (order === 'newest') places.reverse();
  return places.find((at) => sides[at]!.skip < blocks[at]!.rows.length) ?? -1;
}

function ColumnHead({ name }: { name: string }) {
  const label = labelOf(name);
  return (
    <th role="columnheader" scope="col" class="c-field" title={name}>
      <span class="ellipsis">{label}</span>
      <button type="button" class="column-remove" aria-label={`Remove the column ${label}`} title="Remove this column" onClick={() => toggleColumn(name)}><Icon name="close" /></button>
    </th>
  );
}

/** Reboots and gaps between the loaded rows. */
function useMarks(blocks: Blocks): Marks {
  const nodes = fleet.data.value?.nodes;
  const { pills, around, scope, since } = view.value;
  const start = search.figures.histogram.data.value?.start ?? 0;
  const named = /\b(host|_HOSTNAME|_MACHINE_ID)\b/.test(search.parse.data.value?.canonical ?? '');
  const only = (around !== null && scope !== 'all') || named;
  return useMemo(() => {
    const rows = flat(blocks);
    const hosts = only ? new Set(rows.map((row) => (row.kind === 'entry' ? textOf(row.entry, '_HOSTNAME') : ''))) : null;
    const gaps = gapsOf(nodes ?? [], around === null ? pills : [], hosts);
    const reach = { start: around === null && since ? start : 0, moreOlder: search.list.moreOlder.peek(), moreNewer: search.list.moreNewer.peek() || (around === null && view.peek().until !== '') };
    return placeGaps(bootMarks(blocks), rows, gaps, reach);
  }, [blocks, nodes, pills, around, only, start, since, search.list.moreOlder.value, search.list.moreNewer.value]);
}

/** Nothing was found in what was searched so far: not the same as nothing. */
function NothingYet({ progress, isBusy }: { progress: Progress; isBusy: boolean }) {
  return (
    <div class="empty so-far">
      <h2>{isBusy ? 'Searching' : 'Nothing found so far'}</h2>
      <p class="dim">{reach(progress)}{progress.days > 0 && <>, back to {exact(progress.since, zone.value).slice(0, 19)}</>}: no match yet</p>
    </div>
  );
}

/** "Paused · 214 new · Resume", said politely. */
function NewEntries() {
  const { live } = search;
  const paused = live.state.value === 'paused';
  const n = live.pending.value;
  return (
    <div class={`new-entries${paused ? ' shown' : ''}`} role="status" aria-live="polite">
      {paused && (
        <>
          <Icon name="pause" />
          <span>Paused</span>
          <strong>{count(n)} new</strong>
          <button type="button" class="button small primary" onClick={() => search.resume()}>Resume <kbd>space</kbd></button>
        </>
      )}
    </div>
  );
}

/** Rows that come in above the reader's must not push them down: what was the first row stays where it was. */
async function keepingPlace(inside: HTMLElement, change: () => Promise<void>): Promise<void> {
  const scroller = inside.closest('.scroller')!;
  const id = scroller.querySelector<HTMLElement>('tr.row')?.dataset['id'] ?? '';
  const top = () => scroller.querySelector(`tr.row[data-id="${CSS.escape(id)}"]`)?.getBoundingClientRect().top;
  const before = top();
  await change();
  requestAnimationFrame(() => {
    const after = top();
    if (before !== undefined && after !== undefined) scroller.scrollTop += after - before;
  });
}

/** Loads the next page when it comes near the screen; a button for keyboards and after failures. */
function Edge({ which, isTop }: { which: 'older' | 'newer'; isTop: boolean }) {
  const mark = useRef<HTMLDivElement>(null);
  const resource = which === 'older' ? search.list.older : search.list.newer;
  const more = (which === 'older' ? search.list.moreOlder : search.list.moreNewer).value;
  const page = () => (which === 'older' ? search.list.loadOlder() : search.list.loadNewer());
  const load = () => void (isTop && newest(search.list.rows.peek()) ? keepingPlace(mark.current!, page) : page());
  const failed = resource.error.value;
  const blocks: Blocks = search.list.rows.value;
  useEffect(() => {
    // What its reader stopped, or a deadline, goes on when its reader says so.
    if (!more || failed || !mark.current || !newest(blocks) || search.list.resume.peek()?.way === which) return;
    const scroller = mark.current.closest('.scroller')!;
    const observer = new IntersectionObserver((seen) => {
      // Lines that repeat for ever would be loaded for ever.
      if (size(blocks) >= FILL_MOST && scroller.scrollHeight <= scroller.clientHeight + AHEAD) return;
      if (seen.some((each) => each.isIntersecting)) load();
    }, { root: scroller, rootMargin: isTop ? '0px' : `${AHEAD}px` });
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [more, failed, blocks, search.list.resume.value]);
  const resumed = search.list.resume.value?.way === which && !search.list.page.busy.value;
  if (!newest(blocks) && !resumed) return null;
  // Said where reading ends.
  const last = view.value.order === 'oldest' && search.live.state.value === 'off' ? 'newer' : 'older';
  if (!more) return which === last && !view.value.around ? <p class="edge dim">{plural(size(blocks), 'entry', 'entries')}, all there are in this range</p> : null;
  // The page itself is still being searched: how far that is says its own meter.
  if (search.list.page.busy.value && search.list.page.progress.value) return null;
  return (
    <div class="edge" ref={mark}>
      {failed ? <Failure what={`No ${which} entries`} error={failed} retry={load} /> : (
        resource.busy.value && search.list.continued.value !== which ? <PanelState what={`${which} entries`} resource={resource} load={load} />
          : <button type="button" class="link" onClick={resumed ? () => search.list.goOn() : load}>{resource.busy.value ? 'Loading…' : resumed ? 'Continue the search' : `Load ${which} entries`}</button>
      )}
    </div>
  );
}
