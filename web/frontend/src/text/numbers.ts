// Numbers, sizes and spans of time for people.

/** A whole number, 214381 as "214 381": narrow no-break spaces, which no locale reads as a decimal sign. */
export function count(n: number): string {
  // Not by `Intl`: its first use in a page takes longer than reading the page's whole script.
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, '\u202f');
}

/** At most five characters: 9 999, 21k, 3.4M. */
export function short(n: number): string {
  if (n < 10_000) return count(n);
  for (const [size, unit] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (n >= size) return `${n / size < 10 ? (Math.floor((n / size) * 10) / 10).toString() : Math.floor(n / size)}${unit}`;
  }
  return String(n);
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(n < 10240 ? 1 : 0)} KiB`;
  return `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

/** A span in microseconds in its largest fitting unit: 340 ms, 12 s, 5 min, 3 h, 2 d. */
export function span(us: number): string {
  const s = us / 1e6;
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** Milliseconds of work, without false precision. */
export function took(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
