// Matches over the whole range, stacked by a field. Drag to zoom; the line below marks the part that the list shows.

import { useRef, useState } from 'preact/hooks';
import type { HistogramAnswer } from '../api/types.ts';
import { hostNames } from '../state/details.ts';
import { humanValue } from '../state/human.ts';
import { go, view, zone } from '../state/navigation.ts';
import { newest, oldest } from '../state/rows.ts';
import { search } from '../state/search.ts';
import { labelOf } from '../text/fields.ts';
import { count, short, span } from '../text/numbers.ts';
import { clock, dayTitle, exact, ticks } from '../text/time.ts';
import { useBarKeys } from './barKeys.ts';
import { layers, totals, type Layer } from './bars.ts';
import { ChartMarks } from './ChartMarks.tsx';
import { Failure } from './Failure.tsx';
import { setRange, shownRange } from './TimeRange.tsx';
import { Icon } from './icons.tsx';
import { isolated, Legend } from './Legend.tsx';
import { PanelState } from './PanelState.tsx';

export function HistogramPanel() {
  const answer = search.figures.histogram.data.value;
  const error = search.figures.histogram.error.value;
  const { busy: loading, stopped, progress } = search.figures.histogram;
  // What was found so far is no longer of the search before.
  const isAwaited = search.isAwaited(search.figures.histogram);
  const busy = (isAwaited && !loading.value) || ((loading.value || stopped.value) && !(progress.value && answer?.partial));
  return (
    <section class={`histogram${busy ? ' busy' : ''}`} aria-label="Matches over time" aria-busy={isAwaited}>
      <PanelState what="bars" resource={search.figures.histogram} load={() => void search.figures.loadHistogram()} />
      {error ? (
        <Failure what="No histogram" error={error} retry={() => void search.figures.loadHistogram()} />
      ) : answer && answer.series.length > 0 ? (
        <Chart answer={answer} />
      ) : (
        <div class="chart-empty">{answer && !busy ? 'No matches in this range' : ''}</div>
      )}
    </section>
  );
}

interface Drag {
  from: number;
  to: number;
}

function Chart({ answer }: { answer: HistogramAnswer }) {
  const plot = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<number | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const { by } = search.figures.histogramBy.value;
  void hostNames.value;
  const only = isolated.value?.by === by ? isolated.value.key : null;
  const series = layers(answer, by, only, humanValue);
  const shown = series.filter((layer) => only === null || layer.key === only);
  const buckets = totals(answer).length;
  const [start, end] = shownRange(answer)!;
  const highest = Math.max(0, ...Array.from({ length: buckets }, (_, at) => shown.reduce((sum, layer) => sum + layer.counts[at]!, 0)));

  const fraction = (event: PointerEvent): number => {
    const box = plot.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const timeAt = (part: number) => start + part * (end - start);
  const { chosen, listeners } = useBarKeys(totals(answer).map((_, at) => at), (first, last) => setRange(timeAt(first / buckets), timeAt((last + 1) / buckets) - 1), true);
  const at = hover ?? chosen?.to ?? null;
  // By keyboard whole bars.
  const range = drag ?? (chosen && chosen.from !== chosen.to
    ? { from: Math.min(chosen.from, chosen.to) / buckets, to: (Math.max(chosen.from, chosen.to) + 1) / buckets } : null);
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    plot.current!.setPointerCapture(event.pointerId);
    const at = fraction(event);
    setDrag({ from: at, to: at });
  };
  const move = (event: PointerEvent) => {
    const at = fraction(event);
    setHover(Math.min(buckets - 1, Math.floor(at * buckets)));
    if (drag) setDrag({ ...drag, to: at });
  };
  const up = () => {
    if (!drag) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(null);
    const width = plot.current!.getBoundingClientRect().width;
    // A click is not a zoom: less than this many pixels is one.
    if ((to - from) * width < 4) return;
    setRange(timeAt(from), timeAt(to));
  };
  return (
    <>
      <div class="chart">
        <div class="axis-y" aria-hidden="true" title={`Highest bar: ${count(highest)} entries in ${span(answer.interval)}`}>
          <span>{short(highest)}</span>
          <span class="dim">/{span(answer.interval)}</span>
        </div>
        <div
          class="plot"
          ref={plot}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerCancel={() => setDrag(null)}
          onPointerLeave={() => setHover(null)}
        >
          <svg viewBox={`0 0 ${buckets} 100`} preserveAspectRatio="none" aria-hidden="true">
            {at !== null && <rect class="hover" x={at} y="0" width="1" height="100" />}
            {series.map((layer) => layer.path && <path key={layer.key} class={layer.tone} d={layer.path} />)}
            {range && <rect class="drag" x={Math.min(range.from, range.to) * buckets} y="0" width={Math.abs(range.to - range.from) * buckets} height="100" />}
          </svg>
          <div
            class="bar-keys"
            role="slider"
            tabIndex={0}
            aria-label="Bars over time: arrows choose one, with Shift several, Enter zooms in"
            aria-valuemin={0}
            aria-valuemax={buckets - 1}
            aria-valuenow={at ?? buckets - 1}
            aria-valuetext={at === null ? 'no bar chosen' : `${exact(start + at * answer.interval, zone.value).slice(0, 19)}: ${count(shown.reduce((sum, layer) => sum + layer.counts[at]!, 0))} entries`}
            {...listeners}
          />
          <ChartMarks start={start} end={end} />
          <Loaded start={start} end={end} />
          {at !== null && <Tip answer={answer} layers={shown} at={at} buckets={buckets} range={range ? [timeAt(range.from), timeAt(range.to)] : null} hint={drag ? 'release to zoom' : 'Enter zooms in'} />}
          <div class="axis-x" aria-hidden="true">
            {ticks(start, end, 9, zone.value)
              .map((tick) => ({ label: tick.label, part: (tick.at - start) / (end - start) }))
              // A label at the very edge would be cut off.
              .filter(({ part }) => part > 0.02 && part < 0.98)
              .map(({ label, part }) => <span style={{ left: `${part * 100}%` }}>{label}</span>)}
          </div>
        </div>
        <button type="button" class="button icon-only small zoom-out" title="Zoom out: twice the range" aria-label="Zoom out" onClick={() => zoomOut(start, end)}>
          <Icon name="zoomOut" />
        </button>
        <div class="sr"><Table answer={answer} layers={shown} by={by} /></div>
      </div>
      <Legend layers={series} by={by} only={only} />
    </>
  );
}

function zoomOut(start: number, end: number): void {
  const half = (end - start) / 2;
  const now = Date.now() * 1000;
  if (!view.peek().until || end + half >= now) {
    setRange(start - 2 * half, Math.min(end, now));
    if (!view.peek().until || end >= now - 1e6) go({ until: '' }, 'replace');
    return;
  }
  setRange(start - half, end + half);
}

/** The part of the range that the loaded rows cover. */
function Loaded({ start, end }: { start: number; end: number }) {
  const blocks = search.list.rows.value;
  const [first, last] = [newest(blocks), oldest(blocks)];
  if (!first || !last) return null;
  const part = (us: number) => Math.min(100, Math.max(0, ((us - start) / (end - start)) * 100));
  const left = part(last.realtime);
  return <div class="loaded" title="The part that the list has loaded" style={{ left: `${left}%`, width: `${Math.max(0.2, part(first.realtime) - left)}%` }} />;
}

interface TipProps {
  answer: HistogramAnswer;
  layers: readonly Layer[];
  at: number;
  buckets: number;
  range: [number, number] | null;
  hint: string;
}

function Tip({ answer, layers: all, at, buckets, range, hint }: TipProps) {
  const from = answer.start + at * answer.interval;
  const rows = all.filter((layer) => layer.counts[at]! > 0);
  const total = rows.reduce((sum, layer) => sum + layer.counts[at]!, 0);
  return (
    <div class={`tip ${at > buckets / 2 ? 'tip-left' : 'tip-right'}`} style={{ left: `${((at + 0.5) / buckets) * 100}%` }}>
      {range ? (
        <p><strong>{span(Math.abs(range[1] - range[0]))}</strong> <span class="dim">{hint}</span></p>
      ) : (
        <>
          <p>{dayTitle(from, zone.value)} <strong>{clock(from, zone.value).slice(0, 8)}</strong> <span class="dim">+ {span(answer.interval)}</span></p>
          <table>
            {rows.map((layer) => (
              <tr key={layer.key}>
                <td><span class={`swatch ${layer.tone}`} />{layer.name}</td>
                <td>{count(layer.counts[at]!)}</td>
              </tr>
            ))}
            {rows.length !== 1 && <tr class="total"><td>entries</td><td>{count(total)}</td></tr>}
          </table>
        </>
      )}
    </div>
  );
}

/** The same numbers for screen readers: the bars that are not empty, a column for each series. */
function Table({ answer, layers: all, by }: { answer: HistogramAnswer; layers: readonly Layer[]; by: string }) {
  const filled = totals(answer).flatMap((_, at) => (all.some((layer) => layer.counts[at]! > 0) ? [at] : []));
  return (
    <table>
      <caption>Entries over time by {labelOf(by).toLowerCase()}, {span(answer.interval)} each</caption>
      <thead><tr><th scope="col">From</th><th scope="col">Entries</th>{all.map((layer) => <th scope="col">{layer.name}</th>)}</tr></thead>
      <tbody>
        {filled.map((at) => (
          <tr>
            <th scope="row">{exact(answer.start + at * answer.interval, zone.value)}</th>
            <td class="sum">{all.reduce((sum, layer) => sum + layer.counts[at]!, 0)}</td>
            {all.map((layer) => <td>{layer.counts[at]}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
