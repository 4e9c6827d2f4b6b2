// Texts of message ids and the boots of the fleet: asked for when somebody looks, kept while the page is open.

import { effect, signal } from '@preact/signals';
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

function lookAtBoots(): void {
  void boots.run((signal) => getJson('boots', [], signal));
}

/** `soon`: when they may be asked for. */
export function startBoots(soon: Promise<void>): void {
  const look = () => {
    if (!document.hidden) lookAtBoots();
  };
  void soon.then(look);
  window.setInterval(look, BOOTS_EVERY);
}

/** The boots, once they are known; asked for at once where nobody has. Rejects when they cannot be had. */
export function knownBoots(): Promise<readonly Boot[]> {
  if (boots.data.peek() === null && !boots.busy.peek()) lookAtBoots();
  return new Promise((resolve, reject) => {
    const end = effect(() => {
      const known = boots.data.value;
      if (known === null && boots.busy.value) return;
      if (known === null) reject(boots.error.value ?? new Error('no boots'));
      else resolve(known.boots);
      queueMicrotask(() => end());
    });
  });
}

/** What is known of a boot id. (Containers share it with their host: the one of that name, else the first.) */
export function bootOf(bootId: string, hostname?: string): Boot | null {
  const found = boots.data.value?.boots.filter((boot) => boot.boot_id === bootId) ?? [];
  return found.find((boot) => boot.hostname === hostname) ?? found[0] ?? null;
}
