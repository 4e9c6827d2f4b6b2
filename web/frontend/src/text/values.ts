// Values of fields as text. Bytes that are not UTF-8 become lone surrogates U+DC80..U+DCFF (as Python's surrogateescape
// does), so that a text always names its bytes; `visible.ts` shows those as \xNN.

import type { Entry, Value } from '../api/types.ts';

/** All values of one field, in order. */
export function valuesOf(entry: Entry, field: string): Value[] {
  const raw = entry[field];
  if (typeof raw === 'string') return [raw];
  if (!Array.isArray(raw)) return [];
  return raw.length > 0 && typeof raw[0] === 'number' ? [raw as number[]] : raw.length === 0 ? [''] : (raw as Value[]);
}

/** The first value of a field as text; empty when there is none. */
export function textOf(entry: Entry, field: string): string {
  const [first] = valuesOf(entry, field);
  return first === undefined ? '' : asText(first);
}

export function asText(value: Value): string {
  return typeof value === 'string' ? value : decode(Uint8Array.from(value));
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]!);
    const piece = bytes.subarray(at, at + length);
    const text = piece.length === length ? tryDecode(piece) : null;
    if (text === null) {
      out += String.fromCharCode(0xdc00 + bytes[at]!);
      at += 1;
    } else {
      out += text;
      at += length;
    }
  }
  return out;
}

function sequenceLength(lead: number): number {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function tryDecode(piece: Uint8Array): string | null {
  try {
    return strict.decode(piece);
  } catch {
    return null;
  }
}

/** Whether the text stands for bytes that are not UTF-8: such a value cannot be typed into a query. */
export function isBinary(text: string): boolean {
  return /[\udc80-\udcff]/.test(text) && hasLoneSurrogate(text);
}

function hasLoneSurrogate(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) return true;
  }
  return false;
}
