import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asValue, fittingNames, placeAt, replaced } from './completion.ts';

const at = (text: string) => placeAt(text.replace('|', ''), text.indexOf('|'));

test('the word at the caret is a name or a value', () => {
  assert.deepEqual(at('pri|'), { kind: 'name', from: 0, to: 3, typed: 'pri' });
  assert.deepEqual(at('error -un|it=x'), { kind: 'name', from: 7, to: 13, typed: 'un' });
  assert.deepEqual(at('unit=ng|'), { kind: 'value', from: 5, to: 7, typed: 'ng', field: '_SYSTEMD_UNIT' });
  assert.deepEqual(at('(host!=web|-1) x'), { kind: 'value', from: 7, to: 12, typed: 'web', field: '_HOSTNAME' });
  assert.deepEqual(at('priority<=|'), { kind: 'value', from: 10, to: 10, typed: '', field: 'PRIORITY' });
  assert.deepEqual(at('JOB="a b|" c'), { kind: 'value', from: 4, to: 9, typed: 'a b', field: 'JOB' });
});

test('nothing is completed in phrases, patterns and between words', () => {
  for (const text of ['"half a ph|', '/time|', 'word |', '|', 'level=in|', '10.0|']) assert.equal(at(text), null, text);
});

test('names are found by their beginning, then by their inside', () => {
  assert.deepEqual(fittingNames('un', ['_SYSTEMD_UNIT', 'UNIT', 'JOB'], 9), ['unit', 'UNIT', 'user_unit', '_SYSTEMD_UNIT']);
  assert.deepEqual(fittingNames('_pid', ['_PID', 'SYSLOG_PID'], 9), ['_PID', 'pid', 'SYSLOG_PID']);
});

test('a completion replaces the word and leaves the caret where typing goes on', () => {
  const edit = (text: string, by: string, goesOn: boolean) => replaced(text.replace('|', ''), at(text)!, by, goesOn);
  assert.deepEqual(edit('uni|', 'unit=', true), { text: 'unit=', caret: 5 });
  assert.deepEqual(edit('unit=ng| error', 'nginx.service', false), { text: 'unit=nginx.service error', caret: 19 });
  assert.deepEqual(edit('(unit=ng|)', 'x', false), { text: '(unit=x)', caret: 7 });
  assert.deepEqual(edit('unit=ng|', 'x', false), { text: 'unit=x ', caret: 7 });
});

test('a value is quoted where it must be', () => {
  assert.deepEqual(['ssh.service', 'a b', 'a"b', 'x*'].map(asValue), ['ssh.service', '"a b"', '"a\\"b"', '"x*"']);
});
