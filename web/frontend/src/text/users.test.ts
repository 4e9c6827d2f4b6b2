import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { userName, type UserTable } from './users.ts';

const TABLES: UserTable[] = [
  { machine_ids: ['a', 'b'], names: { 0: 'root', 1000: 'ann' } },
  { machine_ids: ['c'], names: { 0: 'root', 1000: 'bob' } },
];
const all = () => true;

test('a machine calls its users as it likes', () => {
  equal(userName('1000', TABLES, (id) => id === 'b'), 'ann');
  equal(userName('1000', TABLES, (id) => id === 'c'), 'bob');
  equal(userName('1000', TABLES, (id) => id === 'd'), '');
});

test('of several machines each name is said once', () => {
  equal(userName('0', TABLES, all), 'root');
  equal(userName('1000', TABLES, all), 'ann / bob');
  equal(userName('1001', TABLES, all), '');
});

test('names of objects are no users', () => {
  equal(userName('constructor', TABLES, all), '');
});

test('many names are cut', () => {
  equal(userName('7', ['d', 'c', 'b', 'a'].map((name) => ({ machine_ids: ['x'], names: { 7: name } })), all), 'a / b / c …');
});
