// Searches that notify: what fires, since when, and who is told; each can be tried, paused, changed and removed.

import { useState } from 'preact/hooks';
import { alerts, draft, edit, enable, refused, remove, tryOut, type Firing, type KnownRule, type Rule, type Told } from '../state/alerts.ts';
import { notice } from '../state/details.ts';
import { go, zone } from '../state/navigation.ts';
import { FIRST_VIEW } from '../state/view.ts';
import { mayAlert, who } from '../state/who.ts';
import { count, plural, span } from '../text/numbers.ts';
import { exact } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { AlertForm } from './AlertForm.tsx';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';

export function Alerts() {
  const answer = alerts.data.value;
  const rules = [...(answer?.alerts ?? [])].sort((a, b) => b.firing.length - a.firing.length || (a.name < b.name ? -1 : 1));
  if (who.value && !mayAlert.value) return <main class="digest alerts"><p class="dim none">Alerts are for operators and admins who see everything.</p></main>;
  return (
    <main class="digest alerts">
      <header class="digest-bar">
        <h1>Alerts</h1>
        {answer && <span class="dim">{plural(rules.length, 'rule')}{answer.waiting ? `, ${plural(answer.waiting, 'notification')} waiting for receivers` : ''}</span>}
        <div class="grow" />
        {!draft.value && <button type="button" class="button primary" onClick={() => edit(null)}>New rule</button>}
      </header>
      {alerts.error.value && <Failure what="The alerts could not be loaded" error={alerts.error.value} retry={() => alerts.retry()} />}
      {refused.value && !draft.value && <Failure what="That was not done" error={refused.value} />}
      {draft.value && <AlertForm key={draft.value.old ?? ''} begun={draft.value} />}
      {answer && rules.length === 0 && !draft.value && (
        <p class="all-quiet dim">No rule yet. Make one here, or of a search: <strong>Logs</strong>, the menu at the right end, <strong>Alert on this search…</strong></p>
      )}
      {rules.map((rule) => <RuleCard key={rule.name} rule={rule} />)}
    </main>
  );
}

/** What a rule looks for, in words. */
function sentence(rule: Rule): string {
  const time = span(rule.within * 1e6);
  if (rule.kind === 'silent') return `Nothing comes from a node of ${rule.hosts} for ${time}`;
  if (rule.kind === 'gap') return `Entries of a node of ${rule.hosts} go missing`;
  const more = `more than ${rule.above} in ${time}`;
  return rule.kind === 'new' ? `Messages unlike any of the day before, ${more}` : `Entries that match, ${more}${rule.by ? `, for each ${rule.by}` : ''}`;
}

function RuleCard({ rule }: { rule: KnownRule }) {
  const [sure, setSure] = useState(false);
  const state = !rule.enabled ? 'paused' : rule.firing.length ? `${rule.firing.length} firing` : 'quiet';
  const test = async () => {
    if (await tryOut(rule)) notice.value = `A test is on its way to ${plural(rule.notify.length, 'receiver')}`;
  };
  return (
    <section class={`event alert ${!rule.enabled ? 'off' : rule.firing.length ? 'bad' : ''}`} aria-labelledby={`alert-${rule.name}`}>
      <div class="event-head">
        <h2 id={`alert-${rule.name}`}>{rule.name} <span class={`badge${rule.firing.length && rule.enabled ? ' bad' : ''}`}>{state}</span></h2>
        <p class="dim">{sentence(rule)}</p>
      </div>
      <div class="event-when">
        {rule.query && <p><button type="button" class="link mono" title="Show these in the log" onClick={() => openLog(rule)}>{visible(rule.query)}</button></p>}
        {rule.trouble && <p class="bad"><Icon name="warning" /> {visible(rule.trouble)}</p>}
        <ul aria-label="Firing">{rule.firing.map((one) => <FiringLine key={one.key} one={one} />)}</ul>
        {rule.told.length > 0 && <LastTold told={rule.told} />}
        <p class="dim">{rule.notify.length ? `Tells ${rule.notify.map(visible).join(', ')}` : 'Tells nobody'}</p>
      </div>
      <div class="alert-actions">
        <button type="button" class="button small" onClick={() => edit(rule)}>Edit</button>
        <button type="button" class="button small" onClick={() => void enable(rule, !rule.enabled)}>{rule.enabled ? 'Pause' : 'Resume'}</button>
        <button type="button" class="button small" disabled={rule.notify.length === 0} title="Send a test to its receivers" onClick={() => void test()}>Test</button>
        <button type="button" class="button small" onClick={() => (sure ? void remove(rule) : setSure(true))} onBlur={() => setSure(false)}>{sure ? 'Really remove' : 'Remove'}</button>
      </div>
    </section>
  );
}

/** Who was told what, and whether they took it. */
function LastTold({ told }: { told: Told[] }) {
  return (
    <details class="told" open={told.some((one) => one.taken === null)}>
      <summary>{plural(told.length, 'last notification')}</summary>
      <ul aria-label="Last notifications">
        {told.map((one) => (
          <li>
            <time class="dim" title={one.taken ? `Taken ${exact(one.taken, zone.value)}` : undefined}>{exact(one.at, zone.value).slice(0, 19)}</time> {visible(one.state)}
            {one.subjects > 1 ? ` (${count(one.subjects)})` : ''} <span class="dim">to {visible(one.target)}</span>
            {one.taken === null && <span class="bad">, not taken yet{one.why ? `: ${visible(one.why)}` : ''}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function FiringLine({ one }: { one: Firing }) {
  return <li><time class="dim">{exact(one.since, zone.value).slice(0, 19)}</time> {visible(one.summary)}</li>;
}

/** The entries that a rule looks at, of four times as long as it looks. */
function openLog(rule: Rule): void {
  go({ ...FIRST_VIEW, zone: zone.peek(), q: rule.query ?? '', since: `-${Math.ceil(rule.within * 4)}s` });
}
