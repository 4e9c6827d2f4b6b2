// Log text is written by anybody. This turns it into pieces that can be shown safely and honestly: control and bidi
// characters become visible marks instead of acting, colours of terminals become classes, everything else is text.

export interface Piece {
  text: string;
  /** A mark that stands for something invisible, with its name; otherwise undefined. */
  mark?: string;
  /** Class names of terminal colours, or undefined. */
  style?: string;
}

/* eslint no-control-regex: "off" */
// C0 (tab stays), DEL, C1; soft hyphen; zero width and bidi marks; line separators; bidi overrides and isolates;
// invisible operators; BOM; interlinear annotations; lone surrogates (bytes that are not UTF-8); tags.
const SPECIAL =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\udb40[\udc00-\udc7f]/;
const SGR = /^\u001b\[([0-9;:]*)m/;
const OTHER_ESCAPE = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/;

const NAMES: Record<number, string> = {
  0x00ad: 'SHY', 0x061c: 'ALM', 0x200b: 'ZWSP', 0x200c: 'ZWNJ', 0x200d: 'ZWJ', 0x200e: 'LRM', 0x200f: 'RLM',
  0x2028: 'LS', 0x2029: 'PS', 0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO',
  0x2060: 'WJ', 0x2066: 'LRI', 0x2067: 'RLI', 0x2068: 'FSI', 0x2069: 'PDI', 0xfeff: 'BOM',
};

/** The pieces of `text`. With `multiline`, line feeds stay what they are. */
export function pieces(text: string, multiline = false): Piece[] {
  if (!SPECIAL.test(text)) return text === '' ? [] : [{ text }];
  const out: Piece[] = [];
  let style = new Style();
  let plain = '';
  const flush = () => {
    if (plain) out.push(style.classes ? { text: plain, style: style.classes } : { text: plain });
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    const length = code > 0xffff ? 2 : 1;
    if (code === 0x1b) {
      const rest = text.slice(at, at + 256);
      const sgr = SGR.exec(rest);
      if (sgr) {
        flush();
        style = style.after(sgr[1]!);
        at += sgr[0].length;
        continue;
      }
      const escape = OTHER_ESCAPE.exec(rest);
      if (escape) {
        flush();
        out.push({ text: `␛${escape[0].slice(1).replace(/[^ -~]/g, '·')}`, mark: 'terminal escape sequence' });
        at += escape[0].length;
        continue;
      }
    }
    if ((code === 0x0a && multiline) || !SPECIAL.test(text.slice(at, at + length)) || isPaired(text, at, code)) {
      plain += text.slice(at, at + length);
    } else if (code === 0x0d && multiline && text.charCodeAt(at + 1) === 0x0a) {
      // The line end of the other world: the line feed shows it.
    } else {
      flush();
      out.push(markOf(code));
    }
    at += length;
  }
  flush();
  return out;
}

/** Joiners between letters and emoji are how some scripts are written; alone they hide. */
function isPaired(text: string, at: number, code: number): boolean {
  if (code !== 0x200c && code !== 0x200d) return false;
  return at > 0 && text.charCodeAt(at - 1) > 0xff && text.charCodeAt(at + 1) > 0xff;
}

function markOf(code: number): Piece {
  const hex = code.toString(16).toUpperCase();
  if (code === 0x0a) return { text: '⏎', mark: 'line feed' };
  if (code >= 0xdc80 && code <= 0xdcff) return { text: `\\x${(code - 0xdc00).toString(16)}`, mark: 'a byte that is not UTF-8' };
  if (code < 0x20) return { text: String.fromCharCode(0x2400 + code), mark: `control character U+${hex.padStart(4, '0')}` };
  if (code === 0x7f) return { text: '␡', mark: 'control character U+007F' };
  return { text: `⟨${NAMES[code] ?? `U+${hex.padStart(4, '0')}`}⟩`, mark: `invisible character U+${hex.padStart(4, '0')}` };
}

/** `text` as one plain string with everything invisible made visible: for titles, labels and tooltips. */
export function visible(text: string): string {
  return pieces(text).map((piece) => piece.text).join('');
}

/** What the "select graphic rendition" sequences so far amount to. */
class Style {
  constructor(
    private readonly bold = false,
    private readonly dim = false,
    private readonly italic = false,
    private readonly underline = false,
    private readonly foreground = '',
  ) {}

  get classes(): string {
    return [this.bold && 'a-bold', this.dim && 'a-dim', this.italic && 'a-italic', this.underline && 'a-under', this.foreground]
      .filter(Boolean)
      .join(' ');
  }

  after(sequence: string): Style {
    let { bold, dim, italic, underline, foreground } = this;
    const codes = (sequence || '0').split(/[;:]/).map(Number);
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at]!;
      if (code === 0) [bold, dim, italic, underline, foreground] = [false, false, false, false, ''];
      else if (code === 1) bold = true;
      else if (code === 2) dim = true;
      else if (code === 3) italic = true;
      else if (code === 4) underline = true;
      else if (code === 22) bold = dim = false;
      else if (code === 23) italic = false;
      else if (code === 24) underline = false;
      else if (code === 39) foreground = '';
      else if (code >= 30 && code <= 37) foreground = `a-fg${code - 30}`;
      else if (code >= 90 && code <= 97) foreground = `a-fg${code - 90}`;
      else if (code === 38 || code === 48) {
        const basic = codes[at + 1] === 5 ? codes[at + 2]! : -1;
        if (code === 38 && basic >= 0) foreground = basic < 16 ? `a-fg${basic % 8}` : '';
        at += codes[at + 1] === 5 ? 2 : 4;
      }
    }
    return new Style(bold, dim, italic, underline, foreground);
  }
}
