import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { pieces, visible } from './visible.ts';

test('plain text is one piece', () => {
  deepEqual(pieces('GET /login 200'), [{ text: 'GET /login 200' }]);
  deepEqual(pieces(''), []);
  deepEqual(pieces('ünïcödé 日本語 עברית\t😀'), [{ text: 'ünïcödé 日本語 עברית\t😀' }]);
});

test('control characters become their pictures', () => {
  for (const [text, expected] of [
    ['a\u0000b', 'a␀b'], ['a\u0007b', 'a␇b'], ['a\u001bb', 'a␛b'], ['a\u007fb', 'a␡b'], ['a\rb', 'a␍b'], ['a\nb', 'a⏎b'],
    ['a\u0085b', 'a⟨U+0085⟩b'], ['a\u009bb', 'a⟨U+009B⟩b'],
  ] as const) equal(visible(text), expected);
});

test('characters that reorder or hide text become marks with their names', () => {
  for (const [text, expected] of [
    ['a\u202eb', 'a⟨RLO⟩b'], ['a\u2066b', 'a⟨LRI⟩b'], ['a\u200bb', 'a⟨ZWSP⟩b'], ['\ufeffa', '⟨BOM⟩a'], ['a\u00adb', 'a⟨SHY⟩b'],
    ['a\u2028b', 'a⟨LS⟩b'], ['a\u{e0041}b', 'a⟨U+E0041⟩b'], ['a\u3164b', 'a⟨U+3164⟩b'],
  ] as const) equal(visible(text), expected);
});

test('joiners inside scripts and emoji that need them stay', () => {
  equal(visible('👩\u200d💻'), '👩\u200d💻');
  equal(visible('می\u200cخواهم'), 'می\u200cخواهم');
  equal(visible('pass\u200cword'), 'pass⟨ZWNJ⟩word');
});

test('bytes that are not UTF-8 are shown as such', () => {
  equal(visible('a\udcffb'), 'a\\xffb');
});

test('terminal colours become classes, and end', () => {
  deepEqual(pieces('\u001b[31mFAIL\u001b[0m ok'), [{ text: 'FAIL', style: 'a-fg1' }, { text: ' ok' }]);
  deepEqual(pieces('\u001b[1;32mx\u001b[39my\u001b[mz'), [{ text: 'x', style: 'a-bold a-fg2' }, { text: 'y', style: 'a-bold' }, { text: 'z' }]);
  deepEqual(pieces('\u001b[38;5;9mx'), [{ text: 'x', style: 'a-fg1' }]);
  deepEqual(pieces('\u001b[38;2;1;2;3mx\u001b[94my'), [{ text: 'x' }, { text: 'y', style: 'a-fg4' }]);
});

test('other escape sequences are shown, not done', () => {
  equal(visible('\u001b[2Jx'), '␛[2Jx');
  equal(visible('\u001b]0;title\u0007x'), '␛]0;title·x');
  equal(visible('\u001b]52;c;aGk=\u001b\\x'), '␛]52;c;aGk=·\\x');
  equal(visible('end\u001b'), 'end␛');
});

test('in a panel line feeds break lines', () => {
  deepEqual(pieces('one\ntwo', true), [{ text: 'one\ntwo' }]);
  deepEqual(pieces('one\r\ntwo', true), [{ text: 'one\ntwo' }]);
});

test('a long message of marks is quick', () => {
  const started = Date.now();
  equal(pieces('\u0001a'.repeat(100_000)).length, 200_000);
  equal(Date.now() - started < 3000, true);
});
