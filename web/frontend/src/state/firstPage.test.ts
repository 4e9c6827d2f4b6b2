import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { earlyPage } from './firstPage.ts';
import { FIRST_VIEW } from './view.ts';

const pairs = (params: ReturnType<typeof earlyPage>) => Object.fromEntries(params ?? []);

test('the first page is asked for with what the address says', () => {
  const { fields, tz, ...rest } = pairs(earlyPage({ ...FIRST_VIEW, q: 'disk full', columns: ['_PID', 'TAG'] }));
  deepEqual(rest, { q: 'disk full', since: '-1h', order: 'newest', limit: '200', clip: '4096' });
  equal(fields!.split(',').at(-1), 'TAG');
  equal(pairs(earlyPage({ ...FIRST_VIEW, order: 'oldest' }))['order'], 'newest');
  equal(pairs(earlyPage({ ...FIRST_VIEW, order: 'oldest', until: 'now' }))['order'], 'oldest');
});

test('what needs another answer first is not asked early', () => {
  equal(earlyPage({ ...FIRST_VIEW, page: 'fleet' }), null);
  equal(earlyPage({ ...FIRST_VIEW, around: 'cursor' }), null);
  equal(earlyPage({ ...FIRST_VIEW, q: 'a', pills: [{ field: 'TAG', value: 'x', not: true }] }), null);
});
