// What a search looks for in MESSAGE, as one expression that marks the hits in the list.

/** Characters of a text that are searched for hits: a pattern may be slow, and this runs for every row. */
export const HITS_WITHIN = 2000;

const TOKEN = /(-|NOT\s+)?(?:(\()|"((?:[^"\\]|\\.)*)"|\*"((?:[^"\\]|\\.)+)"\*|\/((?:[^/\\]|\\.)+)\/(i?)(?=[\s)]|$)|(\S+))/g;
const CONDITION = /^([A-Za-z_][A-Za-z0-9_]*)(!=|>=|<=|=|:|>|<)/;

/** The expression for a search text as the collector reads it (its canonical form), or null when it marks nothing. */
export function hitsOf(canonical: string): RegExp | null {
  const parts = new Set<string>();
  let excluded = 0;
  for (const token of canonical.matchAll(TOKEN)) {
    const [, not, group, phrase, inside, pattern, , bare] = token;
    if (group) {
      // What is in an excluded group is not looked for; groups within it end with it.
      if (not || excluded) excluded++;
      continue;
    }
    const word = bare ?? '';
    const closes = /\)*$/.exec(word)![0].length - (word.match(/\(/g)?.length ?? 0);
    if (!not && !excluded) {
      const part = phrase !== undefined ? phraseOf(unescaped(phrase)) : inside !== undefined ? literal(unescaped(inside))
        : pattern !== undefined ? patternOf(pattern) : wordOf(word.replace(/\)+$/, (end) => end.slice(0, Math.max(0, end.length - closes))));
      if (part) parts.add(part);
    }
    if (excluded && closes > 0) excluded = Math.max(0, excluded - closes);
  }
  if (parts.size === 0) return null;
  try {
    // The longest first: of two that begin alike, the longer is the hit.
    return new RegExp([...parts].sort((a, b) => b.length - a.length).join('|'), 'giu');
  } catch {
    return null;
  }
}

const unescaped = (text: string): string => text.replace(/\\(["\\])/g, '$1');
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const tokens = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];

/** Words side by side, as the index has them; other characters alone stand for themselves. */
function phraseOf(text: string): string {
  const words = tokens(text);
  if (words.length === 0) return text.trim() ? literal(text.trim()) : '';
  return `(?<![\\p{L}\\p{N}])${words.join('[^\\p{L}\\p{N}]+')}(?![\\p{L}\\p{N}])`;
}

function wordOf(word: string): string {
  if (/^(AND|OR|NOT)?$/.test(word) || word === '*') return '';
  const condition = CONDITION.exec(word);
  if (condition && !/^(message|MESSAGE)$/.test(condition[1]!)) return condition[2] === ':' && /^[A-Z]+$/.test(condition[1]!) ? phraseOf(word) : '';
  if (condition) return condition[2] === ':' ? wordOf(word.slice(condition[0].length).replaceAll('"', '')) : '';
  const stem = word.replace(/^\*+|\*+$/g, '');
  if (stem.includes('*')) return stem.split('*').map(literal).join('\\S*');
  if (word.startsWith('*')) return literal(stem);
  if (word.endsWith('*')) return stem ? `(?<![\\p{L}\\p{N}])${literal(stem)}[\\p{L}\\p{N}]*` : '';
  return phraseOf(word);
}

/** A regular expression, where JavaScript reads it alike and cannot be made to search for ever. */
function patternOf(source: string): string {
  const plain = source.replaceAll('\\/', '/');
  const open = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
  if (open > 1 || /\)[*+{]/.test(plain) || /\(\?|\\[1-9KGQARXhHN]/.test(plain)) return '';
  try {
    return new RegExp(plain, 'u').test('') ? '' : `(?:${plain})`;
  } catch {
    return '';
  }
}
