import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsAsked, nearest } from './nearest.ts';

const NAMES = ['_SYSTEMD_UNIT', 'PRIORITY', '_PID', '_UID', '_GID', 'SYSLOG_PID'];

test('a name that is a letter or two away is meant, whatever its underscores', () => {
  deepEqual(nearest('PRIORTY', NAMES, 3), ['PRIORITY']);
  deepEqual(nearest('SYSTEMD_UNIT', NAMES, 3), ['_SYSTEMD_UNIT']);
  deepEqual(nearest('_PIDS', NAMES, 1), ['_PID']);
  deepEqual(nearest('SOMETHING', NAMES, 3), []);
});

test('fields are those of conditions, not of texts', () => {
  deepEqual(fieldsAsked('refused _PIDS=1 NOT JOB!=x PRIORITY<=3 "A=b" /C=d/ e=f'), ['_PIDS', 'JOB', 'PRIORITY']);
});
