// The list: one line per entry, newest first, a bounded part of the document, so that find, select and copy just work.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { selected } from '../state/details.ts';
import { view, zone } from '../state/navigation.ts';
import { newest, size, type Blocks } from '../state/rows.ts';
import { search } from '../state/search.ts';
import { wrap } from '../state/settings.ts';
import { count, plural } from '../text/numbers.ts';
import { BlockView, dayAbove } from './Block.tsx';
import { copySelectedRows } from './copyRows.ts';
import { Empty } from './Empty.tsx';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';
import { clickRow, keyInRows, markSelected } from './rowKeys.ts';

/** Pixels: scrolled further than this, rows may not move under the reader. */
const AWAY = 16;

export function Rows() {
  const scroller = useRef<HTMLDivElement>(null);
  const blocks = search.rows.value;
  const { around } = view.value;
  const page = search.page;
  const rows = size(blocks);

  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [search.toTop.value]);
  useLayoutEffect(() => markSelected(selected.value), [selected.value, blocks]);
  useLayoutEffect(() => {
    if (around) scroller.current?.querySelector('.row.anchor')?.scrollIntoView({ block: 'center' });
  }, [search.toAnchor.value]);

  const onScroll = () => {
    const top = scroller.current?.scrollTop ?? 0;
    const { live } = search;
    if (top > AWAY) live.pause('scroll');
    else if (top <= 2 && live.state.peek() === 'paused' && live.pausedBy === 'scroll') search.resume();
  };
  return (
    <div class="list">
      <NewEntries />
      <div class={`scroller${page.busy.value ? ' busy' : ''}${wrap.value ? ' wrap' : ''}`} ref={scroller} onScroll={onScroll}>
        {page.error.value && <Failure what="Entries could not be loaded" error={page.error.value} retry={() => search.again()} />}
        <Edge which="newer" />
        {rows > 0 && (
          <table
            class="rows"
            role="grid"
            aria-label="Journal entries"
            aria-rowcount={search.moreOlder.value ? -1 : rows}
            onClick={clickRow}
            onKeyDown={keyInRows}
            onCopy={copySelectedRows}
          >
            <thead role="rowgroup">
              <tr role="row">
                <th role="columnheader" scope="col" class="c-time">Time</th>
                <th role="columnheader" scope="col" class="c-host">Host</th>
                <th role="columnheader" scope="col" class="c-unit">Identifier</th>
                <th role="columnheader" scope="col" class="c-message">Message</th>
              </tr>
            </thead>
            {blocks.map((block, at) => (
              <BlockView key={block.id} block={block} above={dayAbove(blocks, at, zone.value)} zone={zone.value} anchor={around} />
            ))}
          </table>
        )}
        {rows === 0 && page.data.value !== null && !page.busy.value && !page.error.value && <Empty />}
        <Edge which="older" />
      </div>
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
function Edge({ which }: { which: 'older' | 'newer' }) {
  const mark = useRef<HTMLDivElement>(null);
  const resource = which === 'older' ? search.older : search.newer;
  const more = (which === 'older' ? search.moreOlder : search.moreNewer).value;
  const load = () => void (which === 'older' ? search.loadOlder() : keepingPlace(mark.current!, () => search.loadNewer()));
  const failed = resource.error.value;
  const blocks: Blocks = search.rows.value;
  useEffect(() => {
    if (!more || failed || !mark.current || !newest(blocks)) return;
    const observer = new IntersectionObserver((seen) => {
      if (seen.some((each) => each.isIntersecting)) load();
    }, { root: mark.current.closest('.scroller'), rootMargin: which === 'older' ? '800px' : '0px' });
    observer.observe(mark.current);
    return () => observer.disconnect();
  }, [more, failed, blocks]);
  if (!newest(blocks)) return null;
  if (!more) return which === 'older' && !view.value.around ? <p class="edge dim">{plural(size(blocks), 'entry', 'entries')}, all there are in this range</p> : null;
  return (
    <div class="edge" ref={mark}>
      {failed ? <Failure what={`No ${which} entries`} error={failed} retry={load} /> : (
        <button type="button" class="link" onClick={load}>{resource.busy.value ? 'Loading…' : `Load ${which} entries`}</button>
      )}
    </div>
  );
}
