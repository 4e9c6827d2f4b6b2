// The top line: where we are, the search, its time, live or not, and what else can be done with it.

import { useEffect, useRef } from 'preact/hooks';
import { address } from '../api/client.ts';
import { alertOnSearch, firing } from '../state/alerts.ts';
import { fleet, helpOpen } from '../state/details.ts';
import { go, view, zone } from '../state/navigation.ts';
import { search } from '../state/search.ts';
import { curlLine, jhctlLine } from '../state/select.ts';
import { DEFAULT_SINCE, formatView, type View } from '../state/view.ts';
import { mayAlert } from '../state/who.ts';
import { plural } from '../text/numbers.ts';
import { typed } from '../text/time.ts';
import { copy } from './clipboard.ts';
import { Icon } from './icons.tsx';
import { LogOut } from './LogOut.tsx';
import { Popover } from './Popover.tsx';
import { SearchBar } from './SearchBar.tsx';
import { rangeOf, shownRange, TimeRange } from './TimeRange.tsx';

export function Toolbar() {
  const { page } = view.value;
  const logs = page === 'logs';
  return (
    <header class="toolbar">
      <a class="brand" href="./" title="Journalhub: start again">
        <svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" /><path d="M8 10h3M8 16h3M8 22h3" class="dots" /><path d="M15 10h9M15 16h6M15 22h9" /></svg>
        <span>Journalhub</span>
      </a>
      <nav aria-label="Pages">
        <Tab page="logs">Logs</Tab>
        <Tab page="patterns">Patterns</Tab>
        <Tab page="events">Events</Tab>
        <Tab page="fleet">Fleet <FleetBadge /></Tab>
        {mayAlert.value && <Tab page="alerts">Alerts <AlertBadge /></Tab>}
      </nav>
      {page !== 'fleet' && page !== 'alerts' ? (
        <>
          <SearchBar />
          <TimeRange />
          {logs && <LiveButton />}
        </>
      ) : (
        <div class="grow" />
      )}
      <button
        type="button"
        class="button zone"
        title="Times in UTC or in your local time"
        aria-label={`Times in ${zone.value === 'utc' ? 'UTC' : 'local time'}: change`}
        onClick={() => go({ zone: zone.peek() === 'utc' ? 'local' : 'utc' }, 'replace')}
      >
        {zone.value === 'utc' ? 'UTC' : 'Local'}
      </button>
      {logs && <More />}
      <button type="button" class="button icon-only help" title="Keys and search language (?)" aria-label="Help" onClick={() => (helpOpen.value = true)}>?</button>
    </header>
  );
}

function Tab({ page, children }: { page: View['page']; children: preact.ComponentChildren }) {
  const now = view.value;
  const link = useRef<HTMLAnchorElement>(null);
  const isHere = now.page === page;
  // On a telephone not all of them are in sight.
  useEffect(() => {
    if (isHere) link.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [isHere]);
  // Events are few: the last hour, where the log begins, seldom has any.
  const since = page === 'events' && now.page !== 'events' && now.since === DEFAULT_SINCE && !now.until ? '-1d' : now.since;
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go({ page, since, entry: null });
  };
  return (
    <a ref={link} href={formatView({ ...now, page, since, entry: null }) || './'} aria-current={isHere ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  );
}

function FleetBadge() {
  const nodes = fleet.data.value?.nodes ?? [];
  const silent = nodes.filter((node) => node.state === 'silent').length;
  if (nodes.length === 0) return null;
  return silent ? <span class="badge bad" title={`${silent} silent`}>{silent} silent</span> : <span class="badge">{nodes.length}</span>;
}

function AlertBadge() {
  const number = firing.value;
  return number ? <span class="badge bad" title={plural(number, 'alert')}>{number} firing</span> : null;
}

function LiveButton() {
  const state = search.live.state.value;
  const connection = search.live.connection.value;
  if (state === 'off') {
    const back = () => go({ until: '', around: null, ...(view.peek().until ? { since: '-1h' } : {}) });
    return <button type="button" class="button live off" title="This range has an end. Follow what is logged now" onClick={back}><span class="dot" />Go live</button>;
  }
  const lost = connection === 'waiting';
  return (
    <button
      type="button"
      class={`button live ${state}${lost ? ' lost' : ''}`}
      aria-busy={connection === 'connecting'}
      title={state === 'live' ? 'Following: pause (space)' : 'Paused: resume (space)'}
      onClick={() => (state === 'live' ? search.live.pause('reader') : search.resume())}
    >
      <span class="dot" />
      {lost ? 'Reconnecting' : state === 'live' ? 'Live' : 'Paused'}
    </button>
  );
}

const EXPORTS: [string, string, string][] = [
  ['short-iso', 'txt', 'Text'],
  ['json', 'json', 'JSON lines'],
  ['export', 'export', 'Journal export format'],
];

function More() {
  return (
    <Popover class="more" align="right" title="Copy, share, export" label={<Icon name="more" />}>
      {(close) => {
        const params = search.asked.params.value;
        const link = (absolute: boolean) => {
          const range = rangeOf(view.peek(), shownRange(search.figures.histogram.data.peek()));
          const frozen = absolute && range ? { since: typed(range[0]), until: typed(range[1] - 1) } : {};
          return new URL(formatView({ ...view.peek(), ...frozen }) || './', document.baseURI).href;
        };
        const done = (text: string, what: string) => () => {
          close();
          void copy(text, what);
        };
        return (
          <ul class="menu">
            <li><button type="button" onClick={done(jhctlLine(view.value, params), 'the command')}>Copy as jhctl command</button></li>
            <li><button type="button" onClick={done(curlLine(new URL(address('export', [...params, ['order', 'oldest'], ['format', 'json']]), document.baseURI).href), 'the command')}>Copy as curl command</button></li>
            <li><button type="button" onClick={done(new URL(address('entries', params), document.baseURI).href, 'the API address')}>Copy API address</button></li>
            <li><button type="button" onClick={done(link(false), 'the link')}>Copy link</button></li>
            <li><button type="button" onClick={done(link(true), 'the link with fixed times')}>Copy link with fixed times</button></li>
            {mayAlert.value && <li><button type="button" onClick={() => { close(); void alertOnSearch(); }}>Alert on this search…</button></li>}
            <li class="rule heading">Export all matches</li>
            {EXPORTS.map(([format, suffix, name]) => (
              <li><a href={address('export', [...params, ['order', 'oldest'], ['format', format]])} download={`journal.${suffix}`} onClick={close}>{name}</a></li>
            ))}
            <LogOut />
          </ul>
        );
      }}
    </Popover>
  );
}
