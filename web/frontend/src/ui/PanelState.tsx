// A panel that takes long can be cancelled for itself; what was cancelled can be asked for again.

import type { Loading } from '../state/resource.ts';

interface Props {
  /** What the panel shows: "bars". */
  what: string;
  resource: Loading<unknown> & { stop(): void };
  load: () => void;
}

export function PanelState({ what, resource, load }: Props) {
  if (resource.busy.value) {
    return (
      <span class="panel-state waiting">
        <span class="spinner" aria-hidden="true" />
        <button type="button" class="link" aria-label={`Cancel the ${what}`} onClick={() => resource.stop()}>Cancel</button>
      </span>
    );
  }
  if (!resource.stopped.value) return null;
  return (
    <span class="panel-state" role="status">
      Cancelled <button type="button" class="link" aria-label={`Load the ${what}`} onClick={load}>Load</button>
    </span>
  );
}
