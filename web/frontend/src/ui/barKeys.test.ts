import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { afterKey } from './barKeys.ts';

const all = [0, 1, 2, 3];

test('arrows begin at the newest bar and stay among the bars', () => {
  deepEqual(afterKey('ArrowLeft', false, null, all), { from: 3, to: 3 });
  deepEqual(afterKey('ArrowLeft', false, { from: 3, to: 3 }, all), { from: 2, to: 2 });
  deepEqual(afterKey('ArrowRight', false, { from: 3, to: 3 }, all), { from: 3, to: 3 });
  deepEqual(afterKey('Home', false, { from: 3, to: 3 }, all), { from: 0, to: 0 });
  deepEqual(afterKey('End', false, null, all), { from: 3, to: 3 });
});

test('with Shift the other end stays', () => {
  deepEqual(afterKey('ArrowLeft', true, { from: 3, to: 2 }, all), { from: 3, to: 1 });
  deepEqual(afterKey('ArrowLeft', true, null, all), { from: 3, to: 3 });
});

test('bars that cannot be chosen are passed over, where there are none nothing is', () => {
  deepEqual(afterKey('ArrowLeft', false, { from: 9, to: 9 }, [2, 9]), { from: 2, to: 2 });
  equal(afterKey('ArrowLeft', false, null, []), null);
});

test('other keys mean nothing, Escape lets go', () => {
  const chosen = { from: 1, to: 2 };
  equal(afterKey('j', false, chosen, all), chosen);
  equal(afterKey('Escape', false, chosen, all), null);
  equal(afterKey('Escape', false, null, all), null);
});
