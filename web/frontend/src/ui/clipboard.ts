// Copying. navigator.clipboard exists only on https and localhost; collectors on a LAN often have neither.

import { say } from '../state/details.ts';

export async function copy(text: string, what: string): Promise<void> {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyBySelection(text);
    say(`Copied ${what}`);
  } catch {
    say(`The browser did not allow copying ${what}`);
  }
}

function copyBySelection(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  document.body.append(area);
  const before = document.activeElement as HTMLElement | null;
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  before?.focus();
  if (!done) throw new Error('refused');
}
