// The names of users, as shippers tell them of their machines: asked for when somebody looks at a uid.

import { getJson } from '../api/client.ts';
import type { UsersAnswer } from '../api/types.ts';
import { userName } from '../text/users.ts';
import { fleet } from './details.ts';
import { view } from './navigation.ts';
import { Resource } from './resource.ts';
import { hostFilter } from './select.ts';

/** Milliseconds between two looks: users come and go by the day. */
const EVERY = 600_000;

export const users = new Resource<UsersAnswer>();
let asked = -Infinity;

/** What a uid is called on `machineId`; without one, on the machines that the filters leave. Empty when nobody tells. */
export function userOf(uid: string, machineId = ''): string {
  if (Date.now() > asked + EVERY) {
    asked = Date.now();
    // Not while something is drawn that follows the answer.
    queueMicrotask(() => void users.run((signal) => getJson('users', [], signal)));
  }
  const tables = users.data.value?.users ?? [];
  if (machineId) return userName(uid, tables, (id) => id === machineId);
  const isShown = hostFilter(view.value.pills);
  const shown = new Set((fleet.data.value?.nodes ?? []).filter((node) => isShown(node.hostname)).map((node) => node.machine_id));
  return userName(uid, tables, (id) => shown.has(id));
}
