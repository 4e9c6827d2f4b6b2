// What stands between rows: a reboot, and entries that are missing.

import { bootOf } from '../state/explanations.ts';
import type { Mark } from '../state/marks.ts';
import { hostColour } from '../text/hosts.ts';
import { plural } from '../text/numbers.ts';
import { exact, type Zone } from '../text/time.ts';
import { visible } from '../text/visible.ts';
import { Icon } from './icons.tsx';

export function MarkRow({ mark, zone }: { mark: Mark; zone: Zone }) {
  if (mark.kind === 'boot') return <BootRow host={mark.host} bootId={mark.bootId} zone={zone} />;
  const times = [mark.since, mark.until].map((us) => (us ? exact(us, zone).slice(0, 19) : '?'));
  return <GapBetween host={mark.host} first={mark.first} last={mark.last} cause={mark.cause} title={`Between ${times[0]} and ${times[1]}, seqnum ${mark.first}–${mark.last}`} />;
}

function BootRow({ host, bootId, zone }: { host: string; bootId: string; zone: Zone }) {
  const boot = bootOf(bootId, host);
  return (
    <tr role="row" class="boot">
      <th role="rowheader" scope="row" colSpan={4} title={`Boot ${bootId}`}>
        <Icon name="boot" /> <span class={`h${hostColour(host)}`}>{visible(host)}</span> rebooted
        {boot && <span class="dim">its first entry is from {exact(boot.first, zone).slice(0, 19)}</span>}
      </th>
    </tr>
  );
}

interface GapProps {
  id?: string;
  host: string;
  first: number;
  last: number;
  cause: string;
  title: string;
}

export function GapBetween({ id, host, first, last, cause, title }: GapProps) {
  return (
    <tr role="row" class="gap" data-id={id}>
      <th role="rowheader" scope="row" colSpan={4} title={title || undefined}>
        <Icon name="warning" /> {visible(host)}: {plural(last - first + 1, 'entry', 'entries')} missing, {visible(cause)}
      </th>
    </tr>
  );
}
