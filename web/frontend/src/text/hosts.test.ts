import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { distinguish, HOST_COLOURS, hostColour, shortHost } from './hosts.ts';

test('a host has one colour, within the palette', () => {
  for (const name of ['web-1', '', 'düne', 'x'.repeat(300)]) {
    equal(hostColour(name), hostColour(name));
    equal(hostColour(name) >= 0 && hostColour(name) < HOST_COLOURS, true);
  }
});

test('hosts of one fleet differ as far as the palette goes, whatever their order', () => {
  const names = Array.from({ length: HOST_COLOURS }, (_, at) => `web-${at}`);
  distinguish(names);
  const colours = names.map(hostColour);
  equal(new Set(colours).size, HOST_COLOURS);
  distinguish([...names].reverse());
  equal(JSON.stringify(names.map(hostColour)), JSON.stringify(colours));
  distinguish([...names, 'one-more']);
  equal(hostColour('one-more') < HOST_COLOURS, true);
});

test('a domain that all hosts share is left out', () => {
  distinguish(['web-1.example.net', 'db-1.example.net']);
  equal(shortHost('web-1.example.net'), 'web-1');
  equal(shortHost('web-1.example.org'), 'web-1.example.org');
  distinguish(['web-1.example.net', 'web-1.example.org']);
  equal(shortHost('web-1.example.net'), 'web-1.example.net');
  distinguish(['web-1', 'db-1']);
  equal(shortHost('web-1'), 'web-1');
});
