// The way out: a form, so that it works whatever the script does.

import { who } from '../state/who.ts';

export function LogOut() {
  const reader = who.value;
  if (!reader?.authentication || !reader.name.startsWith('user:')) return null;
  return (
    <li class="rule">
      <form method="post" action="logout">
        <button type="submit" title={reader.scope ? `You see: ${reader.scope}` : 'You see everything'}>Log out {reader.name.slice('user:'.length)}</button>
      </form>
    </li>
  );
}
