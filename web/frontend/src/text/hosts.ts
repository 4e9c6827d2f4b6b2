// A colour for each host: the same on every page and every day, and never red, which means trouble.

export const HOST_COLOURS = 12;

/** 0..HOST_COLOURS-1, by FNV-1a over the name. */
export function hostColour(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  // The low bits of FNV alone put web-1, web-2, … side by side in a cycle shorter than the palette.
  hash ^= hash >>> 15;
  return (hash >>> 0) % HOST_COLOURS;
}
