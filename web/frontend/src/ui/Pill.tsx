// One active filter: its field flips it, its value is edited in place, × takes it away.

import { useEffect, useRef, useState } from 'preact/hooks';
import { humanValue, nameOf } from '../state/human.ts';
import { go, toggle, view } from '../state/navigation.ts';
import { valuesOf } from '../state/suggest.ts';
import type { Pill } from '../state/view.ts';
import { labelOf, rawValue } from '../text/fields.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';

export function PillView({ pill }: { pill: Pill }) {
  const [editing, setEditing] = useState(false);
  const label = labelOf(pill.field);
  const value = visible(nameOf(pill.field, pill.value));
  const change = (next: Partial<Pill>) => {
    const changed = { ...pill, ...next };
    // What becomes the same as another pill is one pill.
    const others = view.peek().pills.filter((each) => each === pill || each.field !== changed.field || each.value !== changed.value);
    go({ pills: others.map((each) => (each === pill ? changed : each)) });
  };
  return (
    <li class={`pill${pill.not ? ' not' : ''}`}>
      <button type="button" class="pill-flip" title={pill.not ? 'Excluded: click to show only these' : 'Only these: click to exclude them'} onClick={() => change({ not: !pill.not })}>
        <span class="pill-field">{pill.not ? 'not ' : ''}{label.toLowerCase()}</span>
      </button>{' '}
      {editing ? (
        <Edit pill={pill} shown={editable(pill)} done={(text) => {
          setEditing(false);
          if (text !== null && text !== '' && text !== pill.value) change({ value: text });
        }} />
      ) : (
        <button type="button" class="pill-text" title={humanValue(pill.field, pill.value) ? `${visible(pill.value)}: edit the value` : 'Edit the value'} aria-label={`${value || 'empty'}: edit the value of ${label}`} onClick={() => setEditing(true)}>{value || '(empty)'}</button>
      )}
      <button type="button" class="pill-remove" aria-label={`Remove the filter ${label} ${value}`} title="Remove" onClick={() => toggle(pill)}>
        <Icon name="close" />
      </button>
    </li>
  );
}

/** What is edited: a name where it is one that can be typed, else the raw value. */
const editable = (pill: Pill): string => {
  const name = humanValue(pill.field, pill.value);
  return rawValue(pill.field, name) === pill.value ? name : pill.value;
};

/** Values offered while a pill is edited. */
const MOST = 20;

/** Enter takes the new value, Escape and leaving keep the old one. */
function Edit({ pill, shown, done }: { pill: Pill; shown: string; done: (text: string | null) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(shown);
  const [values, setValues] = useState<string[]>([]);
  useEffect(() => input.current?.select(), []);
  useEffect(() => {
    const controller = new AbortController();
    // The old value is no beginning that anybody typed: at first all values are offered.
    valuesOf(pill.field, text === shown ? '' : text, MOST, controller.signal).then(setValues, () => undefined);
    return () => controller.abort();
  }, [text]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    done(event.key === 'Enter' ? rawValue(pill.field, text) : null);
  };
  return (
    <>
      <input
        ref={input}
        class="pill-edit"
        aria-label={`Value of ${labelOf(pill.field)}`}
        list="pill-values"
        autocomplete="off"
        spellcheck={false}
        size={Math.max(12, Math.min(40, text.length + 2))}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onBlur={() => done(null)}
      />
      <datalist id="pill-values">{values.map((value) => <option value={value} />)}</datalist>
    </>
  );
}
