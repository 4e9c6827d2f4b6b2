import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseText, explain } from './catalog.ts';

test('head, body and fields', () => {
  const text = 'Subject: Unit @UNIT@ failed\nDefined-By: systemd\n\nThe unit @UNIT@ failed,\n\nresult @RESULT@.\n';
  assert.deepEqual(explain(text, (name) => (name === 'UNIT' ? 'a.service' : null)), {
    subject: 'Unit a.service failed', head: [['Defined-By', 'systemd']], body: 'The unit a.service failed,\n\nresult RESULT.',
  });
  assert.deepEqual(explain('just text\n', () => null), { subject: '', head: [], body: 'just text' });
});

test('the language of the reader, else the one without a name', () => {
  const texts = [{ language: 'de', text: 'D' }, { language: '', text: 'E' }, { language: 'pt_BR', text: 'P' }];
  assert.deepEqual([['de-AT', 'en'], ['pt-BR'], ['en-GB', 'de'], ['ja']].map((wanted) => chooseText(texts, wanted)), ['D', 'P', 'E', 'E']);
  assert.equal(chooseText([], ['de']), null);
});
