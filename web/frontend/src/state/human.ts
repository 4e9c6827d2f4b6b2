// Values in words: what fields say by themselves, and what only the collector knows: boots, users, and the names of
// events.

import { chooseText, explain } from '../text/catalog.ts';
import { meaning } from '../text/fields.ts';
import { exact } from '../text/time.ts';
import { isUid } from '../text/users.ts';
import { bootOf, textsOf } from './explanations.ts';
import { zone } from './navigation.ts';
import { userOf } from './users.ts';

/** What a raw value means, on `machineId` or anywhere; empty when nothing more than it says itself. Follows what it is made of. */
export function humanValue(field: string, value: string, machineId = ''): string {
  if (field === '_BOOT_ID') {
    const boot = bootOf(value);
    return boot ? `${exact(boot.first, zone.value).slice(5, 16)} ${boot.hostname}` : '';
  }
  if (field === 'MESSAGE_ID') return eventName(value);
  return (isUid(field) && userOf(value, machineId)) || meaning(field, value);
}

/** The subject of a message's explanation, with dots for what differs from entry to entry. */
function eventName(id: string): string {
  if (!/^[0-9a-f]{32}$/.test(id)) return '';
  const text = chooseText(textsOf(id) ?? [], navigator.languages);
  return text === null ? '' : explain(text, () => '…').subject;
}

/** How a value is named where there is little room: in words, or as it is. */
export const nameOf = (field: string, value: string): string => humanValue(field, value) || value;
