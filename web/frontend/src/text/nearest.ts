// Names that somebody may have meant: the nearest of those that there are.

/** Edits (a letter more, less, another) that a mistyped name is away from the meant one, at most. */
const EDITS_MOST = 2;

/** The names nearest to `name`, in order; none when all are too far away. */
export function nearest(name: string, names: readonly string[], most: number): string[] {
  const bare = (text: string) => text.replace(/^_+/, '');
  return names.map((other) => ({ other, edits: distance(bare(name), bare(other)) }))
    .filter(({ edits }) => edits <= EDITS_MOST)
    .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
    .slice(0, most)
    .map(({ other }) => other);
}

/** Field names that a canonical query asks for by a condition. */
export function fieldsAsked(canonical: string): string[] {
  const bare = canonical.replace(/"(?:[^"\\]|\\.)*"|\/(?:[^/\\]|\\.)*\//g, '""');
  return [...new Set([...bare.matchAll(/(?<![\w.])([A-Z_][A-Z0-9_]*)(?:=|!=|:|<=|>=|<|>)/g)].map((match) => match[1]!))];
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > EDITS_MOST) return EDITS_MOST + 1;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
