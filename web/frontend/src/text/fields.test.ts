import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { fieldGroups, meaning, priorityOf, rawValue } from './fields.ts';

test('raw values have a meaning', () => {
  equal(meaning('PRIORITY', '3'), 'err');
  equal(meaning('PRIORITY', '9'), '');
  equal(meaning('SYSLOG_FACILITY', '10'), 'authpriv');
  equal(meaning('SYSLOG_FACILITY', 'x'), '');
  equal(meaning('ERRNO', '28'), 'ENOSPC');
  equal(meaning('__MONOTONIC_TIMESTAMP', '1500000'), '1.500000 s after boot');
  equal(meaning('MESSAGE', '3'), '');
  equal(rawValue('PRIORITY', 'warning'), '4');
  equal(rawValue('_HOSTNAME', 'warning'), 'warning');
  equal(priorityOf('7'), 7);
  equal(priorityOf('8'), null);
  equal(priorityOf(''), null);
});

test('fields are grouped by who vouches for them', () => {
  deepEqual(fieldGroups(['_PID', 'MESSAGE', 'CODE_FILE', 'PRIORITY', '__CURSOR', '__POSITION', '_BOOT_ID']), [
    { title: 'From the program', names: ['PRIORITY', 'CODE_FILE'] },
    { title: 'From journald, trusted', names: ['_BOOT_ID', '_PID'] },
    { title: 'Address', names: ['__CURSOR'] },
  ]);
});
