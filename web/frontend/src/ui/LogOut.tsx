// Who reads, where the hub asks for it, and the way out: a form, so that it works whatever the script does.

import { useEffect, useState } from 'preact/hooks';
import { getJson } from '../api/client.ts';

interface Who {
  name: string;
  scope: string | null;
  authentication: boolean;
}

export function LogOut() {
  const [who, setWho] = useState<Who | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    getJson<Who>('whoami', [], gone.signal).then(setWho, () => undefined);
    return () => gone.abort();
  }, []);
  if (!who?.authentication || !who.name.startsWith('user:')) return null;
  return (
    <li class="rule">
      <form method="post" action="logout">
        <button type="submit" title={who.scope ? `You see: ${who.scope}` : 'You see everything'}>Log out {who.name.slice('user:'.length)}</button>
      </form>
    </li>
  );
}
