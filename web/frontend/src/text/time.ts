// Times. Microseconds since the epoch in, text out, in UTC or in the browser's zone: one choice for the whole page.

export type Zone = 'utc' | 'local';

/**
 * The name of the browser's zone, as the collector takes it. `Intl` knows it too, but its first use in a page takes 15 ms
 * of a core before the first question; it is asked where a browser has no `Temporal`.
 */
export function zoneName(): string {
  const { Temporal } = globalThis as { Temporal?: { Now: { timeZoneId(): string } } };
  return Temporal?.Now.timeZoneId() || Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

interface Parts {
  year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number;
}

function parts(ms: number, zone: Zone): Parts {
  const date = new Date(ms);
  if (zone === 'utc') {
    return {
      year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(),
      hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(), ms: date.getUTCMilliseconds(),
    };
  }
  return {
    year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate(),
    hour: date.getHours(), minute: date.getMinutes(), second: date.getSeconds(), ms: date.getMilliseconds(),
  };
}

const two = (n: number): string => String(n).padStart(2, '0');
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 12:34:56.789 */
export function clock(us: number, zone: Zone): string {
  const p = parts(Math.floor(us / 1000), zone);
  return `${two(p.hour)}:${two(p.minute)}:${two(p.second)}.${String(p.ms).padStart(3, '0')}`;
}

/** 2026-11-23: names a day, and orders them. */
export function day(us: number, zone: Zone): string {
  const p = parts(Math.floor(us / 1000), zone);
  return `${String(p.year).padStart(4, '0')}-${two(p.month)}-${two(p.day)}`;
}

/** Mon 23 Nov 2026 */
export function dayTitle(us: number, zone: Zone): string {
  const p = parts(Math.floor(us / 1000), zone);
  const weekday = WEEKDAYS[new Date(Date.UTC(p.year, p.month - 1, p.day)).getUTCDay()];
  return `${weekday} ${p.day} ${MONTHS[p.month - 1]} ${p.year}`;
}

/** 2026-11-23 12:34:56.789012 with the offset from UTC. */
export function exact(us: number, zone: Zone): string {
  const p = parts(Math.floor(us / 1000), zone);
  const fraction = String(us % 1_000_000).padStart(6, '0');
  return `${day(us, zone)} ${two(p.hour)}:${two(p.minute)}:${two(p.second)}.${fraction} ${offset(us, zone)}`;
}

/** As `journalctl -o short-iso` writes it: 2026-11-23T12:34:56+0100. */
export function shortIso(us: number, zone: Zone): string {
  const p = parts(Math.floor(us / 1000), zone);
  const sign = zone === 'utc' ? '+0000' : offset(us, zone).replace(':', '');
  return `${day(us, zone)}T${two(p.hour)}:${two(p.minute)}:${two(p.second)}${sign}`;
}

function offset(us: number, zone: Zone): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(Math.floor(us / 1000)).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A point in time as the API and jhctl read it back, to the microsecond: 2026-11-23 12:34:56.789012 UTC. */
export function typed(us: number): string {
  const seconds = exact(us, 'utc').slice(0, 19);
  const fraction = us % 1_000_000;
  return `${seconds}${fraction ? `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}` : ''} UTC`;
}

const TYPED = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? UTC$/;

/** What `typed` wrote, back in microseconds; null for any other text. */
export function untyped(text: string): number | null {
  const match = TYPED.exec(text);
  if (!match) return null;
  const [year, month, date, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, date, hour, minute, second) * 1000 + Number((match[7] ?? '').padEnd(6, '0'));
}

/** A bound of a range for the button that names it: shorter where the text is ours, as typed where it is a person's. */
export function bound(text: string, zone: Zone): string {
  const us = untyped(text);
  if (us === null) return text;
  const full = exact(us, zone);
  return us % 1_000_000 ? full.slice(0, 23) : full.slice(0, 19);
}

/** How long ago, for people: "just now", "5 min ago"; "in 3 s" for clocks that run ahead. */
export function ago(us: number, nowUs: number): string {
  const seconds = (nowUs - us) / 1e6;
  if (seconds < -2) return `in ${rough(-seconds)}`;
  return seconds < 2 ? 'just now' : `${rough(seconds)} ago`;
}

function rough(s: number): string {
  return s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : s < 129600 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} d`;
}

const SECOND = 1_000_000;
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000].map(
  (s) => s * SECOND,
);

/** Round points in time within [start, end) for an axis, at most `most`, and how to write them. */
export function ticks(start: number, end: number, most: number, zone: Zone): { at: number; label: string }[] {
  const length = end - start;
  if (!(length > 0) || most < 1) return [];
  const step = STEPS.find((candidate) => length / candidate <= most) ?? Math.ceil(length / most / STEPS.at(-1)!) * STEPS.at(-1)!;
  const shift = zone === 'utc' ? 0 : -new Date(start / 1000).getTimezoneOffset() * 60 * SECOND;
  const out: { at: number; label: string }[] = [];
  for (let at = Math.ceil((start + shift) / step) * step - shift; at < end; at += step) out.push({ at, label: tickLabel(at, step, zone) });
  return out;
}

function tickLabel(us: number, step: number, zone: Zone): string {
  const time = clock(us, zone);
  const p = parts(us / 1000, zone);
  if (step < SECOND) return time.slice(3);
  if (step >= 86400 * SECOND || time.startsWith('00:00:00')) return `${p.day} ${MONTHS[p.month - 1]}`;
  return step < 60 * SECOND ? time.slice(0, 8) : time.slice(0, 5);
}

/** Seconds that people say in one word. */
const ROUND: [number, string][] = [[300, '5min'], [900, '15min'], [3600, '1h'], [21_600, '6h'], [86_400, '1d'], [604_800, '7d'], [2_592_000, '30d']];

/** A range of `us` microseconds up to now, as it is typed: a length near a usual one is that. */
export function lastOf(us: number): string {
  const seconds = us / 1e6;
  const usual = ROUND.find(([each]) => Math.abs(each - seconds) <= each * 0.05);
  return `-${usual ? usual[1] : seconds < 120 ? `${Math.ceil(seconds)}s` : `${Math.ceil(seconds / 60)}min`}`;
}
