import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { typed } from '../text/time.ts';
import { FIRST_VIEW, formatView, parseView, sameSearch, searchAround, titleOf, togglePill, type View } from './view.ts';

const VIEWS: Partial<View>[] = [
  {},
  { q: 'a "b" & c=d + 100%', since: '', until: '2026-11-23 09:05:07.5 UTC' },
  { since: '', until: '' },
  { since: '-2h', until: '-1h', priority: 3, zone: 'utc' },
  { pills: [{ field: '_HOSTNAME', value: 'web=1&x', not: false }, { field: 'TAG', value: 'two\nlines', not: true }, { field: 'A', value: '', not: true }] },
  { page: 'fleet' },
  { page: 'events', since: '-1d' },
  { entry: 's=1;i=2', around: 's=1;i=2', scope: 'unit' },
  { around: 's=1;i=2' },
];

test('an address gives its view back', () => {
  for (const change of VIEWS) {
    const view = { ...FIRST_VIEW, ...change };
    deepEqual(parseView(formatView(view)), view, formatView(view));
  }
  equal(formatView(FIRST_VIEW), '');
});

test('what an address names wrongly is the default', () => {
  deepEqual(parseView('?priority=9&scope=x&tz=mars&page=x&f=lower%3Dx&f=novalue&f=__CURSOR%3Dx&f=%3Cb%3E%3D1'), FIRST_VIEW);
});

test('a pill is added, flipped, taken away', () => {
  const web = { field: '_HOSTNAME', value: 'web-1', not: false };
  const added = togglePill([], web);
  deepEqual(added, [web]);
  deepEqual(togglePill(added, { ...web, not: true }), [{ ...web, not: true }]);
  deepEqual(togglePill(added, web), []);
});

test('opening an entry is no new search, another zone is one only where times are typed', () => {
  ok(sameSearch(FIRST_VIEW, { ...FIRST_VIEW, entry: 's=1' }));
  ok(!sameSearch(FIRST_VIEW, { ...FIRST_VIEW, q: 'x' }));
  ok(sameSearch({ ...FIRST_VIEW, since: '' }, { ...FIRST_VIEW, since: '', zone: 'utc' }));
  ok(!sameSearch(FIRST_VIEW, { ...FIRST_VIEW, around: 's=1' }));
});

test('titles tell tabs apart', () => {
  equal(titleOf(FIRST_VIEW), 'Journalhub');
  equal(titleOf({ ...FIRST_VIEW, page: 'events', q: 'sshd' }), 'Events · sshd · Journalhub');
  equal(titleOf({ ...FIRST_VIEW, q: 'deadlock', pills: [{ field: '_HOSTNAME', value: 'db-1', not: true }] }), 'deadlock · −db-1 · Journalhub');
});

test('the surroundings of an entry become a search of their time, which is live while that is not over', () => {
  const cursor = 's=1;i=2;b=3;m=4;t=6407c0e9d2c00;x=5';
  const us = 0x6407c0e9d2c00;
  const past = searchAround(cursor, us + 3600e6);
  equal(past.since, typed(us - 1800e6));
  equal(past.until, typed(us + 1800e6));
  deepEqual([past.q, past.pills, past.priority, past.around], ['', [], null, null]);
  equal(searchAround(cursor, us + 60e6).until, '');
  ok(!('since' in searchAround('nonsense', us)));
});
