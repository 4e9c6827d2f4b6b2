// What is not a search: the entry in the detail panel, the fleet, and the choices that only this window remembers.

import { effect, signal } from '@preact/signals';
import { getJson } from '../api/client.ts';
import type { ContextAnswer, NodesAnswer } from '../api/types.ts';
import { distinguish } from '../text/hosts.ts';
import { view } from './navigation.ts';
import { Resource } from './resource.ts';

export const detail = new Resource<ContextAnswer>();
export const fleet = new Resource<NodesAnswer>();
/** The hosts of the fleet: what shows hosts follows it, for their colours and short names depend on who there is. */
export const hostNames = signal('');
export const helpOpen = signal(false);
export const facetsOpen = signal(false);
/** The row that the keyboard is at: the `id` of a row. */
export const selected = signal<string | null>(null);
/** A short word on what just happened, for eyes and screen readers. */
export const notice = signal('');

/** Milliseconds between two looks at the fleet. */
const FLEET_EVERY = 5000;

/** `soon`: when the fleet may be asked for. */
export function startDetails(soon: Promise<void>): void {
  let shown: string | null = null;
  effect(() => {
    const cursor = view.value.entry;
    if (cursor === shown) return;
    shown = cursor;
    detail.reset();
    if (cursor !== null) {
      void detail.run((signal) => getJson('context', [['cursor', cursor], ['before', '0'], ['after', '0']], signal));
    }
  });
  const look = () => {
    if (document.hidden) return;
    void fleet.run(async (signal) => {
      const answer = await getJson<NodesAnswer>('nodes', [], signal);
      const names = answer.nodes.map((node) => node.hostname).sort();
      distinguish(names);
      hostNames.value = names.join();
      return answer;
    });
  };
  void soon.then(look);
  window.setInterval(look, FLEET_EVERY);
}

let noticeTimer = 0;

export function say(text: string): void {
  notice.value = text;
  window.clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(() => (notice.value = ''), 2500);
}
