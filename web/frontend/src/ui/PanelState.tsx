// How far a panel's request has come. It can be cancelled for itself; what was found until then stays, and says so.

import type { Progress } from '../api/types.ts';
import type { Loading } from '../state/resource.ts';
import { fraction, isCut, reach } from '../text/progress.ts';

interface Props {
  /** What the panel shows: "bars". */
  what: string;
  resource: Loading<unknown> & { stop(): void };
  load: () => void;
  /** Goes on where the request left off, where that can be done. */
  goOn?: (() => void) | undefined;
}

export function PanelState({ what, resource, load, goOn }: Props) {
  const progress = resource.progress.value;
  if (resource.busy.value) {
    return (
      <span class="panel-state waiting">
        <span class="spinner" aria-hidden="true" />
        {progress && <Meter what={what} progress={progress} />}
        <button type="button" class="link" aria-label={`Cancel the ${what}`} onClick={() => resource.stop()}>Cancel</button>
      </span>
    );
  }
  // What is there whole, or what failed and says so itself.
  if (!resource.stopped.value && (!isCut(progress) || resource.error.value || !isPartial(resource.data.value))) return null;
  const said = isCut(progress) ? `Only ${reach(progress)}` : 'Cancelled';
  return (
    <span class="panel-state cut" role="status">
      <span title={[said, reasonOf(resource.data.value)].filter(Boolean).join(': ')}>{said}</span>
      {goOn && <button type="button" class="link" aria-label={`Continue with the ${what}`} onClick={goOn}>Continue</button>}
      {!goOn && <button type="button" class="link" aria-label={`Load the ${what}`} onClick={load}>{isCut(progress) ? 'Retry' : 'Load'}</button>}
    </span>
  );
}

const isPartial = (data: unknown): boolean => (data as { partial?: boolean } | null)?.partial ?? false;
const reasonOf = (data: unknown): string | undefined => (data as { reason?: string | null } | null)?.reason ?? undefined;

function Meter({ what, progress }: { what: string; progress: Progress }) {
  const part = Math.round(fraction(progress) * 100);
  return (
    <>
      <span class="meter" role="progressbar" aria-label={`Searched for the ${what}`} aria-valuenow={part} aria-valuemin={0} aria-valuemax={100} aria-valuetext={reach(progress)}>
        <span style={{ width: `${part}%` }} />
      </span>
      <span class="reach">{reach(progress)}</span>
    </>
  );
}
