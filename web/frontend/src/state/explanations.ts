// Texts of message ids and the boots of the fleet: asked for when somebody looks, kept while the page is open.

import { signal } from '@preact/signals';
import { getJson } from '../api/client.ts';
import type { Boot, BootsAnswer, CatalogAnswer } from '../api/types.ts';
import { Resource } from './resource.ts';

type Texts = readonly { language: string; text: string }[];

const texts = new Map<string, ReturnType<typeof signal<Texts | null>>>();

/** The texts of a message id in all languages; null until they are there. */
export function textsOf(messageId: string): Texts | null {
  let known = texts.get(messageId);
  if (!known) {
    const fresh = signal<Texts | null>(null);
    known = fresh;
    texts.set(messageId, fresh);
    getJson<CatalogAnswer>('catalog', [['id', messageId]], new AbortController().signal)
      .then((answer) => (fresh.value = answer.texts), () => texts.delete(messageId));
  }
  return known.value ?? null;
}

export const boots = new Resource<BootsAnswer>();

/** Milliseconds between two looks at the boots: a reboot takes longer. */
const BOOTS_EVERY = 60_000;

/** `soon`: when they may be asked for. */
export function startBoots(soon: Promise<void>): void {
  const look = () => {
    if (!document.hidden) void boots.run((signal) => getJson('boots', [], signal));
  };
  void soon.then(look);
  window.setInterval(look, BOOTS_EVERY);
}

/** What is known of a boot id. (Containers share it with their host: the one of that name, else the first.) */
export function bootOf(bootId: string, hostname?: string): Boot | null {
  const found = boots.data.value?.boots.filter((boot) => boot.boot_id === bootId) ?? [];
  return found.find((boot) => boot.hostname === hostname) ?? found[0] ?? null;
}
