// On the bars: when machines booted, and where entries are missing.

import { fleet } from '../state/details.ts';
import { boots } from '../state/explanations.ts';
import { gapsOf } from '../state/marks.ts';
import { view, zone } from '../state/navigation.ts';
import { hostFilter } from '../state/select.ts';
import { plural } from '../text/numbers.ts';
import { exact } from '../text/time.ts';
import { visible } from '../text/visible.ts';

interface Mark {
  kind: 'boot' | 'gap';
  /** Microseconds. */
  from: number;
  to: number;
  text: string;
}

/** Marks closer than this part of the plot are one: a fleet that reboots together is no fence. */
const CLOSE = 1 / 150;
/** Lines of a tooltip. */
const LINES = 12;

export function ChartMarks({ start, end }: { start: number; end: number }) {
  const { pills } = view.value;
  const isShown = hostFilter(pills);
  const booted = (boots.data.value?.boots ?? []).filter((boot) => boot.first > start && boot.first < end && isShown(boot.hostname))
    .map((boot): Mark => ({ kind: 'boot', from: boot.first, to: boot.first, text: `${visible(boot.hostname)} booted ${exact(boot.first, zone.value).slice(0, 19)}` }));
  const missing = gapsOf(fleet.data.value?.nodes ?? [], pills, null).filter((gap) => gap.until > start && (gap.since || gap.until) < end)
    .map((gap): Mark => ({ kind: 'gap', from: gap.since || gap.until, to: gap.until, text: `${visible(gap.host)}: ${plural(gap.last - gap.first + 1, 'entry', 'entries')} missing, ${visible(gap.cause)}` }));
  const marks = [...grouped(booted, end - start), ...grouped(missing, end - start)];
  if (marks.length === 0) return null;
  const part = (us: number) => Math.min(1, Math.max(0, (us - start) / (end - start)));
  return (
    <>
      {marks.map((mark) => (
        <span class={`chart-mark ${mark.kind}`} title={lines(mark.texts)} style={{ left: `${part(mark.from) * 100}%`, width: mark.kind === 'gap' ? `${(part(mark.to) - part(mark.from)) * 100}%` : undefined }} />
      ))}
      <ul class="sr" aria-label="Boots and gaps">{marks.flatMap((mark) => mark.texts.map((text) => <li>{text}</li>))}</ul>
    </>
  );
}

interface Group extends Omit<Mark, 'text'> {
  texts: string[];
}

function grouped(marks: Mark[], length: number): Group[] {
  const out: Group[] = [];
  for (const { text, ...mark } of marks.sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && mark.from - last.to < CLOSE * length) {
      last.to = Math.max(last.to, mark.to);
      last.texts.push(text);
    } else out.push({ ...mark, texts: [text] });
  }
  return out;
}

const lines = (texts: readonly string[]): string =>
  texts.length > LINES ? [...texts.slice(0, LINES), `and ${texts.length - LINES} more`].join('\n') : texts.join('\n');
