// One entry whole: its message, what it means, all its fields, and for each value: only this, not this, as column, copy.

import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { address } from '../api/client.ts';
import type { Entry } from '../api/types.ts';
import { detail, hostNames } from '../state/details.ts';
import { textsOf } from '../state/explanations.ts';
import { humanValue } from '../state/human.ts';
import { go, toggle, toggleColumn, view, zone } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { canFilter, FIRST_VIEW, formatView, type Around } from '../state/view.ts';
import { chooseText, explain } from '../text/catalog.ts';
import { fieldGroups, PRIORITIES, priorityOf } from '../text/fields.ts';
import { hitsOf } from '../text/hits.ts';
import { hostColour } from '../text/hosts.ts';
import { bytes } from '../text/numbers.ts';
import { ago, exact } from '../text/time.ts';
import { asText, textOf, valuesOf } from '../text/values.ts';
import { visible } from '../text/visible.ts';
import { copy } from './clipboard.ts';
import { Failure } from './Failure.tsx';
import { Icon } from './icons.tsx';
import { Popover } from './Popover.tsx';
import { closeDetail, moveSelection } from './rowKeys.ts';
import { Text } from './Text.tsx';

/** Characters of a value that are drawn at once; the rest on request: a browser lays out megabytes slowly. */
const SHOWN_MOST = 64 * 1024;

export function DetailPanel() {
  if (view.value.entry === null) return null;
  const entry = detail.data.value?.entry ?? null;
  const error = detail.error.value;
  return (
    <aside class="detail" aria-label="Entry">
      <header>
        <h2>Entry</h2>
        <button type="button" class="button icon-only small" title="Previous row (k)" aria-label="Previous row" onClick={() => moveSelection(-1)}><span class="turn-up"><Icon name="down" /></span></button>
        <button type="button" class="button icon-only small" title="Next row (j)" aria-label="Next row" onClick={() => moveSelection(1)}><Icon name="down" /></button>
        <span class="grow" />
        {entry && <Take entry={entry} />}
        <button type="button" class="button icon-only small" title="Close (Esc)" aria-label="Close" onClick={closeDetail}><Icon name="close" /></button>
      </header>
      <div class="detail-body">
        {error ? <Failure what="The entry could not be loaded" error={error} retry={() => detail.retry()} /> : entry ? <Whole entry={entry} /> : <p class="dim loading">Loading…</p>}
      </div>
    </aside>
  );
}

const FORMATS: [string, string, string][] = [['short-iso', 'txt', 'Save as text'], ['json', 'json', 'Save as JSON'], ['export', 'export', 'Save as journal export']];

/** The entry for elsewhere: its link, its JSON, a file of it alone. */
function Take({ entry }: { entry: Entry }) {
  const cursor = entry.__CURSOR;
  // It shows the entry among its neighbours: that link holds whatever the search, and whenever it is followed.
  const link = formatView({ ...FIRST_VIEW, zone: zone.value, entry: cursor, around: cursor });
  return (
    <>
      <button type="button" class="button small" title="A link to this entry" onClick={() => void copy(new URL(link, document.baseURI).href, 'the link')}><Icon name="link" /> Link</button>
      <Popover align="right" title="JSON, files" label={<Icon name="save" />} class="small-popover">
        {(close) => (
          <ul class="menu">
            <li><button type="button" onClick={() => { close(); void copy(asJson(entry), 'the entry'); }}>Copy as JSON</button></li>
            {FORMATS.map(([format, suffix, name]) => (
              <li><a href={address('export', [['cursor', cursor], ['limit', '1'], ['format', format]])} download={`entry.${suffix}`} onClick={close}>{name}</a></li>
            ))}
          </ul>
        )}
      </Popover>
    </>
  );
}

function asJson(entry: Entry): string {
  const { __POSITION: _position, ...rest } = entry;
  return `${JSON.stringify(rest, null, '\t')}\n`;
}

function Whole({ entry }: { entry: Entry }) {
  const us = Number(entry.__REALTIME_TIMESTAMP);
  const level = priorityOf(textOf(entry, 'PRIORITY'));
  const host = textOf(entry, '_HOSTNAME');
  const messages = valuesOf(entry, 'MESSAGE').map(asText);
  const names = Object.keys(entry);
  void hostNames.value;
  return (
    <>
      <div class={`summary p${level ?? '-none'}`}>
        <p class="when"><strong>{exact(us, zone.value)}</strong> <span class="dim">{ago(us, Date.now() * 1000)}</span></p>
        <p class="who">
          <span class={`h${hostColour(host)}`}>{visible(host)}</span>
          <span>{visible(textOf(entry, '_SYSTEMD_UNIT') || textOf(entry, 'SYSLOG_IDENTIFIER'))}</span>
          {level !== null && <span class="level-name">{PRIORITIES[level]}</span>}
        </p>
      </div>
      {messages.map((message) => <Message key={message.length} text={message} />)}
      <Explained entry={entry} />
      <Surroundings entry={entry} />
      {fieldGroups(names).map((group) => (
        <section class="fields" key={group.title}>
          <h3>{group.title}</h3>
          <table>
            <tbody>
              {group.names.flatMap((name) => valuesOf(entry, name).map((value, at) => <FieldRow key={`${name} ${at}`} name={name} text={asText(value)} isAddress={name.startsWith('__')} machineId={textOf(entry, '_MACHINE_ID')} />))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}

const shownWhole = signal(false);

function Message({ text }: { text: string }) {
  useEffect(() => {
    shownWhole.value = false;
  }, [text]);
  const canonical = search.parse.data.value?.canonical;
  const hits = useMemo(() => (canonical ? hitsOf(canonical) : null), [canonical]);
  const cut = text.length > SHOWN_MOST && !shownWhole.value;
  return (
    <div class="message">
      <pre tabIndex={0} aria-label="Message"><Text text={cut ? text.slice(0, SHOWN_MOST) : text} multiline hits={hits} within={SHOWN_MOST} /></pre>
      <p class="message-actions">
        {cut && <button type="button" class="button small" onClick={() => (shownWhole.value = true)}>Show all {bytes(text.length)}</button>}
        <button type="button" class="button small" onClick={() => void copy(text, 'the message')}><Icon name="copy" /> Copy message</button>
      </p>
    </div>
  );
}

/** What the catalog says of this kind of message. */
function Explained({ entry }: { entry: Entry }) {
  const id = textOf(entry, 'MESSAGE_ID').replaceAll('-', '').toLowerCase();
  const texts = /^[0-9a-f]{32}$/.test(id) ? textsOf(id) : null;
  const text = texts && chooseText(texts, navigator.languages);
  if (!text) return null;
  const { subject, head, body } = explain(text, (name) => (valuesOf(entry, name).length > 0 ? textOf(entry, name) : null));
  return (
    <section class="explained" aria-label="Explanation">
      {subject && <h3>{visible(subject)}</h3>}
      <p class="explained-text"><Text text={body} multiline /></p>
      {head.length > 0 && <p class="dim">{head.map(([name, value]) => <span>{name}: {visible(value)}</span>)}</p>}
    </section>
  );
}

const SCOPES: [Around, string][] = [['unit', 'same unit'], ['host', 'same host'], ['all', 'all hosts']];

function Surroundings({ entry }: { entry: Entry }) {
  return (
    <p class="surroundings">
      <span><Icon name="context" /> What happened around it:</span>
      {SCOPES.map(([scope, name]) => (
        <button type="button" class="button small" onClick={() => go({ around: entry.__CURSOR, scope, entry: entry.__CURSOR })}>{name}</button>
      ))}
    </p>
  );
}

interface FieldProps {
  name: string;
  text: string;
  isAddress: boolean;
  machineId: string;
}

function FieldRow({ name, text, isAddress, machineId }: FieldProps) {
  const words = name === '__REALTIME_TIMESTAMP' || name === '_SOURCE_REALTIME_TIMESTAMP' ? exactOf(text) : humanValue(name, text, machineId);
  const possible = canFilter(text) && !isAddress && text.length <= 1024;
  const { pills, columns, around } = view.value;
  // The surroundings of an entry have no filters.
  const pill = around ? undefined : pills.find((each) => each.field === name && each.value === text);
  const shown = text.length > SHOWN_MOST ? `${text.slice(0, SHOWN_MOST)}…` : text;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <span class="field-value"><Text text={shown} multiline /></span>
        {words && <span class="meaning">{visible(words)}</span>}
        <span class="field-actions">
          {possible && (
            <>
              <button type="button" aria-pressed={pill?.not === false} title="Only this" aria-label={`Only ${name} = this value`} onClick={() => toggle({ field: name, value: text, not: false })}><Icon name="only" /></button>
              <button type="button" aria-pressed={pill?.not === true} title="Not this" aria-label={`Exclude ${name} = this value`} onClick={() => toggle({ field: name, value: text, not: true })}><Icon name="not" /></button>
            </>
          )}
          {!isAddress && name !== 'MESSAGE' && (
            <button type="button" aria-pressed={columns.includes(name)} title="As column" aria-label={`${name} as column`} onClick={() => toggleColumn(name)}><Icon name="column" /></button>
          )}
          <button type="button" title="Copy" aria-label={`Copy the value of ${name}`} onClick={() => void copy(text, name)}><Icon name="copy" /></button>
        </span>
      </td>
    </tr>
  );
}

function exactOf(text: string): string {
  return /^\d{1,16}$/.test(text) ? exact(Number(text), zone.value) : '';
}
