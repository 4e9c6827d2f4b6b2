import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitsOf } from './hits.ts';

const hits = (canonical: string, text: string) => [...text.matchAll(hitsOf(canonical) ?? /$^/g)].map((match) => match[0]);

test('words and phrases are marked as the index finds them', () => {
  assert.deepEqual(hits('connection refused', 'Connection to 10.0.0.7 REFUSED, unrefused'), ['Connection', 'REFUSED']);
  assert.deepEqual(hits('"connection refused"', 'connect: Connection  refused'), ['Connection  refused']);
  assert.deepEqual(hits('10.0.0.7', 'peer 10.0.0.7:443, 10.0.0.71'), ['10.0.0.7']);
  assert.deepEqual(hits('"->"', 'a->b'), ['->']);
});

test('wildcards, insides and patterns', () => {
  assert.deepEqual(hits('conn* *fus*', 'Connection refused, reconnect'), ['Connection', 'fus']);
  assert.deepEqual(hits('*"onnection re"*', 'Connection refused'), ['onnection re']);
  assert.deepEqual(hits('/timed? ?out/', 'Request time out'), ['time out']);
});

test('what is excluded, and conditions on other fields, mark nothing', () => {
  assert.deepEqual(hits('error -timeout NOT reset -(a OR (b c)) end', 'error timeout reset a b c end'), ['error', 'end']);
  assert.deepEqual(hits('unit=ssh.service _PID>1 disk', 'ssh.service disk 1'), ['disk']);
  assert.deepEqual(hits('(disk OR full) error', 'disk full error or'), ['disk', 'full', 'error']);
  assert.equal(hitsOf('unit=x'), null);
  assert.equal(hitsOf('*'), null);
});

test('patterns that could search for ever are left alone', () => {
  for (const query of ['/(a+)+b/', '/a*b*c/', '/(/', '/x*/', '/(?=a)/']) assert.equal(hitsOf(query), null, query);
});
