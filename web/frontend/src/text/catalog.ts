// Explanations of messages as systemd's catalogs write them: a head of "Name: value" lines, then text.

export interface Explanation {
  subject: string;
  /** Further lines of the head: who defined it, documentation, support. */
  head: [string, string][];
  body: string;
}

/** The text in the first of the reader's languages that there is, else the one without a language. */
export function chooseText(texts: readonly { language: string; text: string }[], wanted: readonly string[]): string | null {
  const order = wanted.flatMap((name) => [name.replace('-', '_'), name.split('-')[0]!]);
  // English is the language of the texts that name none.
  const end = order.findIndex((name) => name.startsWith('en'));
  for (const name of end < 0 ? order : order.slice(0, end)) {
    const found = texts.find((each) => each.language.toLowerCase() === name.toLowerCase());
    if (found) return found.text;
  }
  return (texts.find((each) => each.language === '') ?? texts[0])?.text ?? null;
}

/** A text with its fields filled in; one that the entry lacks stays its name. */
export function explain(text: string, field: (name: string) => string | null): Explanation {
  const filled = text.replace(/@([A-Z0-9_]+)@/g, (_whole, name: string) => field(name) ?? name);
  const [first = '', ...rest] = filled.trim().split(/\n\n/);
  const lines = first.split('\n').map((line) => /^([A-Z][A-Za-z-]*): ?(.*)$/.exec(line));
  if (lines.some((line) => line === null)) return { subject: '', head: [], body: filled.trim() };
  const head = lines.map((line): [string, string] => [line![1]!, line![2]!]);
  return {
    subject: head.find(([name]) => name === 'Subject')?.[1] ?? '',
    head: head.filter(([name]) => name !== 'Subject'),
    body: rest.join('\n\n').trim(),
  };
}
