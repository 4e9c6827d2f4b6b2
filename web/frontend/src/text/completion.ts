// What could be typed next: which word of the search text the caret is in, and what would take its place.

/** Short names of the search language, and the fields they stand for (query/language/names.py). */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  host: '_HOSTNAME', unit: '_SYSTEMD_UNIT', ident: 'SYSLOG_IDENTIFIER', priority: 'PRIORITY', facility: 'SYSLOG_FACILITY',
  boot: '_BOOT_ID', pid: '_PID', uid: '_UID', gid: '_GID', comm: '_COMM', exe: '_EXE', cmdline: '_CMDLINE', message: 'MESSAGE',
  transport: '_TRANSPORT', user_unit: '_SYSTEMD_USER_UNIT', slice: '_SYSTEMD_SLICE', session: '_SYSTEMD_SESSION',
  machine: '_MACHINE_ID', invocation: '_SYSTEMD_INVOCATION_ID', message_id: 'MESSAGE_ID', namespace: '_NAMESPACE',
};

/** The word at the caret. `from`, `to` (UTF-16 units) is what a completion replaces. */
export type Place =
  | { kind: 'name'; from: number; to: number; typed: string }
  | { kind: 'value'; from: number; to: number; typed: string; field: string };

const CONDITION = /^([A-Za-z_][A-Za-z0-9_]*)(!=|>=|<=|=|>|<)([\s\S]*)$/;
const NAME = /^[A-Za-z_][\w.@:-]*$/;

/** Where the caret is, or null where nothing can be completed: in a phrase, a pattern, between words. */
export function placeAt(text: string, caret: number): Place | null {
  const from = wordStart(text, caret);
  if (from === null) return null;
  const to = wordEnd(text, caret);
  const typed = text.slice(from, caret);
  const condition = CONDITION.exec(typed);
  if (condition) {
    const [, name, operator, value] = condition as unknown as [string, string, string, string];
    const field = SHORT_NAMES[name] ?? (/^[A-Z_][A-Z0-9_]*$/.test(name) ? name : null);
    if (field === null) return null;
    return { kind: 'value', from: from + name.length + operator.length, to, typed: value.replace(/^"/, ''), field };
  }
  return NAME.test(typed) ? { kind: 'name', from, to, typed } : null;
}

/** The start of the word that the caret is in; null within quotes that do not begin a value. */
function wordStart(text: string, caret: number): number | null {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < caret; at++) {
    const character = text[at]!;
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (/\s/.test(character) || character === '(')) start = at + 1;
  }
  // A "-" before a word excludes it.
  if (text[start] === '-') start++;
  if (quoted && !/^[A-Za-z_]\w*(!=|>=|<=|=)"/.test(text.slice(start))) return null;
  return start <= caret ? start : null;
}

function wordEnd(text: string, caret: number): number {
  let quoted = false;
  for (let at = wordStart(text, caret) ?? 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (at >= caret && !quoted && /[\s)]/.test(character)) return at;
  }
  return text.length;
}

/** Names that fit what is typed: those that begin so, then those that have it inside. Short names before fields. */
export function fittingNames(typed: string, fields: readonly string[], most: number): string[] {
  const needle = typed.toLowerCase();
  const rank = (name: string): number => {
    const lower = name.toLowerCase();
    if (lower.startsWith(needle)) return 0;
    return lower.replace(/^_+/, '').startsWith(needle.replace(/^_+/, '')) ? 1 : lower.includes(needle) ? 2 : 3;
  };
  const all = [...Object.keys(SHORT_NAMES), ...[...fields].sort()];
  return all.map((name, at) => ({ name, at, rank: rank(name) })).filter((each) => each.rank < 3 && each.name !== typed)
    .sort((a, b) => a.rank - b.rank || a.at - b.at).slice(0, most).map((each) => each.name);
}

/** A value as the search language wants it behind `=`: bare where that is possible. */
export function asValue(value: string): string {
  return /^[^\s"()*?[\]\\]+$/.test(value) ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

export interface Edited {
  text: string;
  caret: number;
}

/** `text` with the word at `place` replaced. A value is finished by a space, a name goes on with its value. */
export function replaced(text: string, place: Place, by: string, goesOn: boolean): Edited {
  const rest = text.slice(place.to);
  const gap = goesOn || /^[\s)]/.test(rest) ? '' : ' ';
  const before = text.slice(0, place.from) + by + gap;
  return { text: before + rest, caret: before.length + (gap === '' && !goesOn && rest.startsWith(' ') ? 1 : 0) };
}
