// The form of a rule. What the collector refuses is said at its field.

import { useEffect, useRef, useState } from 'preact/hooks';
import { draft, freshRule, KINDS, refused, save, WITHIN, type Draft, type Kind, type Rule } from '../state/alerts.ts';

const TITLES: Record<Kind, string> = {
  matches: 'Many entries match a search',
  new: 'A message unlike any of the day before',
  silent: 'A node is silent',
  gap: 'Entries of a node are missing',
};

const MINUTE = 60;

export function AlertForm({ begun }: { begun: Draft }) {
  const [rule, setRule] = useState<Rule>(begun.rule);
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const put = (part: Partial<Rule>) => setRule({ ...rule, ...part });
  const asks = rule.kind === 'matches' || rule.kind === 'new';
  const turn = (kind: Kind) => setRule({ ...freshRule(kind, rule.query), ...rule, kind, within: rule.within === WITHIN[rule.kind] ? WITHIN[kind] : rule.within });
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    await save({ old: begun.old, rule });
    setBusy(false);
  };
  return (
    <form class="alert-form" aria-label={begun.old === null ? 'New rule' : `Rule ${begun.old}`} onSubmit={(event) => void submit(event)}>
      <Field name="name" label="Name"><input ref={first} value={rule.name} required maxLength={64} onInput={(event) => put({ name: event.currentTarget.value.trim() })} /></Field>
      <Field name="kind" label="When">
        <select value={rule.kind} onChange={(event) => turn(event.currentTarget.value as Kind)}>{KINDS.map((kind) => <option value={kind}>{TITLES[kind]}</option>)}</select>
      </Field>
      {asks && <Field name="query" label="Search" wide><input class="mono" value={rule.query ?? ''} required={rule.kind === 'matches'} placeholder={rule.kind === 'new' ? 'everything' : '"no space left" priority<=err'} onInput={(event) => put({ query: event.currentTarget.value })} /></Field>}
      {asks && <Field name="above" label="More than"><input type="number" min="0" value={rule.above ?? 0} onInput={(event) => put({ above: event.currentTarget.valueAsNumber || 0 })} /></Field>}
      {!asks && <Field name="hosts" label="Hosts"><input class="mono" value={rule.hosts ?? '*'} required placeholder="web-*" onInput={(event) => put({ hosts: event.currentTarget.value })} /></Field>}
      <Field name="within" label={rule.kind === 'gap' ? 'Resolved after, minutes' : rule.kind === 'silent' ? 'For, minutes' : 'Within, minutes'}>
        <input type="number" min="0.1" step="any" value={rule.within / MINUTE} onInput={(event) => put({ within: Math.round((event.currentTarget.valueAsNumber || 0) * MINUTE) })} />
      </Field>
      {rule.kind === 'matches' && <Field name="by" label="For each"><input class="mono" value={rule.by ?? ''} placeholder="all together" list="alert-by" onInput={(event) => put({ by: event.currentTarget.value.trim() || null })} /></Field>}
      <datalist id="alert-by">{['_HOSTNAME', '_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER'].map((name) => <option value={name} />)}</datalist>
      <Field name="notify" label="Tell, one a line" wide>
        <textarea class="mono" rows={3} placeholder={'mail:ops@example.net\nwebhook:https://hooks.example.net/…\nalertmanager:http://alerts.example.net:9093'} onInput={(event) => put({ notify: event.currentTarget.value.split('\n').map((line) => line.trim()).filter(Boolean) })}>{rule.notify.join('\n')}</textarea>
      </Field>
      <div class="alert-actions">
        <button type="submit" class="button primary" disabled={busy}>{begun.old === null ? 'Make the rule' : 'Save'}</button>
        <button type="button" class="button" onClick={() => (draft.value = null)}>Cancel</button>
        {refused.value && <p class="bad" role="alert">{refused.value.message} <span class="dim">{refused.value.advice}</span></p>}
      </div>
    </form>
  );
}

function Field({ name, label, wide = false, children }: { name: string; label: string; wide?: boolean; children: preact.ComponentChildren }) {
  const wrong = refused.value?.where === name;
  return <label class={`field${wide ? ' wide' : ''}${wrong ? ' wrong' : ''}`}><span>{label}</span>{children}</label>;
}
