// Who reads, where the hub asks for it, and what they may.

import { computed, signal } from '@preact/signals';
import { getJson } from '../api/client.ts';

export interface Who {
  name: string;
  role: string;
  scope: string | null;
  authentication: boolean;
}

export const who = signal<Who | null>(null);

/** Rules of alerts look at everything: they are for operators and admins without a scope. */
export const mayAlert = computed(() => who.value !== null && who.value.scope === null && who.value.role !== 'reader');

/** `soon`: when it may be asked for. */
export async function startWho(soon: Promise<void>): Promise<void> {
  await soon;
  // Without an answer the page works as for somebody who may only read.
  getJson<Who>('whoami', [], new AbortController().signal).then((answer) => (who.value = answer), () => undefined);
}
