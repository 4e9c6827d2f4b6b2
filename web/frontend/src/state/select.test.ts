import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../api/types.ts';
import { jhctlLine, neighbours, quote, scopePills, searchText, selection, wholeSearch } from './select.ts';
import { FIRST_VIEW, type Pill } from './view.ts';

const only = (field: string, value: string): Pill => ({ field, value, not: false });
const not = (field: string, value: string): Pill => ({ field, value, not: true });

test('a quoted value stands for itself', () => {
  equal(quote('plain'), '"plain"');
  equal(quote('C:\\a "b" *'), '"C:\\\\a \\"b\\" *"');
});

test('typed text stays as typed unless something is excluded', () => {
  equal(searchText(' a(b ', 'a b', []), 'a(b');
  equal(searchText('a(b', 'a b', [only('X', '1')]), 'a(b');
  equal(searchText('a(b', 'a b', [not('X', '1'), not('Y', '2')]), 'a b NOT X="1" NOT Y="2"');
  equal(searchText('a OR b', 'a OR b', [not('X', '1')]), '(a OR b) NOT X="1"');
  equal(searchText('', null, [not('X', '1')]), 'NOT X="1"');
  equal(searchText('', null, [only('X', '1')]), '');
});

test('wanted values are matches: alternatives within a field, conditions across', () => {
  const view = { ...FIRST_VIEW, q: 'x', pills: [only('_HOSTNAME', 'a=b'), only('_HOSTNAME', 'c')], priority: 4, until: '-5min' };
  deepEqual(selection(view, { canonical: 'x', timeZone: 'Asia/Kathmandu' }), [
    ['q', 'x'], ['match', '_HOSTNAME=a=b'], ['match', '_HOSTNAME=c'], ['priority', '4'],
    ['since', '-1h'], ['until', '-5min'], ['tz', 'Asia/Kathmandu'],
  ]);
  deepEqual(selection({ ...FIRST_VIEW, since: '', zone: 'utc' }, { canonical: null, timeZone: 'X' }), []);
});

test('the surroundings of an entry as filters: its host by name, and its unit', () => {
  const entry = { _HOSTNAME: 'web-1', _MACHINE_ID: 'm', _TRANSPORT: 'kernel' } as unknown as Entry;
  deepEqual(scopePills(entry, 'all'), []);
  deepEqual(scopePills(entry, 'host'), [{ field: '_HOSTNAME', value: 'web-1', not: false }]);
  deepEqual(scopePills(entry, 'unit'), [{ field: '_HOSTNAME', value: 'web-1', not: false }, { field: '_TRANSPORT', value: 'kernel', not: false }]);
});

test('neighbours are of the machine, and of the unit or what comes closest', () => {
  const entry = { _MACHINE_ID: 'm', _HOSTNAME: 'h', _TRANSPORT: 'kernel' } as unknown as Entry;
  deepEqual(neighbours(entry, 'all'), []);
  deepEqual(neighbours(entry, 'host'), [['match', '_MACHINE_ID=m']]);
  deepEqual(neighbours(entry, 'unit'), [['match', '_MACHINE_ID=m'], ['match', '_TRANSPORT=kernel']]);
  deepEqual(neighbours({ ...entry, _SYSTEMD_UNIT: 'u' } as Entry, 'unit'), [['match', '_MACHINE_ID=m'], ['match', '_SYSTEMD_UNIT=u']]);
});

test('the same search for a shell', () => {
  const params = [['q', `it's "x"`], ['match', '_UID=0'], ['since', '-1h'], ['priority', '4']] as const;
  equal(jhctlLine(FIRST_VIEW, params), `jhctl --search 'it'\\''s "x"' _UID=0 -S -1h -p 4 -f`);
  equal(jhctlLine({ ...FIRST_VIEW, until: '-5min', zone: 'utc' }, [['until', '-5min']]), 'jhctl -U -5min --utc');
});

test('a whole view as one text: alternatives within a field, conditions across', () => {
  const pills = [
    { field: '_HOSTNAME', value: 'web-1', not: false },
    { field: '_HOSTNAME', value: 'web-2', not: false },
    { field: 'A', value: 'say "x"', not: false },
    { field: 'B', value: 'y', not: true },
  ];
  equal(wholeSearch({ q: '', pills: [], priority: null }, null), '');
  equal(wholeSearch({ q: 'a', pills: [], priority: 3 }, 'a'), 'a priority<=3');
  equal(
    wholeSearch({ q: 'a OR b', pills, priority: null }, 'a OR b'),
    '(a OR b) NOT B="y" (_HOSTNAME="web-1" OR _HOSTNAME="web-2") A="say \\"x\\""',
  );
});
