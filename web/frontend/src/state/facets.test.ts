import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FACET_VALUES, facetRequests } from './facets.ts';

const NOTHING = new Map<string, string>();

test('fields that are asked for alike are one request', () => {
  assert.deepEqual(facetRequests(['A', 'B'], [], new Set(), NOTHING), [{ fields: ['A', 'B'], without: '', limit: FACET_VALUES, condition: '' }]);
});

test('a filtered, a widened and a searched field are asked for apart', () => {
  const found = facetRequests(['A', 'B', 'C', 'D'], [{ field: 'A', value: 'x', not: false }], new Set(['B']), new Map([['C', ' a"b ']]));
  assert.deepEqual(found, [
    { fields: ['A'], without: 'A', limit: 8, condition: '' },
    { fields: ['B'], without: '', limit: 200, condition: '' },
    { fields: ['C'], without: '', limit: 50, condition: 'C:*"a\\"b"*' },
    { fields: ['D'], without: '', limit: 8, condition: '' },
  ]);
});

test('values with names are searched for in the browser, which has to have them', () => {
  assert.deepEqual(facetRequests(['PRIORITY'], [], new Set(), new Map([['PRIORITY', 'err']])), [{ fields: ['PRIORITY'], without: '', limit: 200, condition: '' }]);
});
