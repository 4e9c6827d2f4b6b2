// A colour for each host: the same on every page and every day, and never red, which means trouble.

export const HOST_COLOURS = 12;

/** 0..HOST_COLOURS-1, by FNV-1a over the name. */
function hashed(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  // The low bits of FNV alone put web-1, web-2, … side by side in a cycle shorter than the palette.
  hash ^= hash >>> 15;
  return (hash >>> 0) % HOST_COLOURS;
}

let known = new Map<string, number>();

/**
 * Make the hosts of the fleet differ from each other: one whose colour is taken gets the next free one. Sorted by name,
 * so that it is the same in every window.
 */
export function distinguish(names: string[]): void {
  const next = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...new Set(names)].sort()) {
    let colour = hashed(name);
    for (let tries = 0; taken.has(colour) && tries < HOST_COLOURS; tries++) colour = (colour + 1) % HOST_COLOURS;
    if (taken.size < HOST_COLOURS) taken.add(colour);
    next.set(name, colour);
  }
  known = next;
  const domains = new Set(names.map((name) => domainOf(name)));
  domain = domains.size === 1 ? [...domains][0]! : '';
}

/** What all hosts of the fleet have in common after their first dot; empty when they have nothing. */
let domain = '';

const domainOf = (name: string): string => (name.includes('.') ? name.slice(name.indexOf('.')) : '');

/** A host's name without the domain that all hosts share: a column is narrow. */
export const shortHost = (name: string): string => (domain && name.endsWith(domain) ? name.slice(0, -domain.length) : name);

/** The colour of a host, 0..HOST_COLOURS-1. */
export const hostColour = (name: string): number => known.get(name) ?? hashed(name);
