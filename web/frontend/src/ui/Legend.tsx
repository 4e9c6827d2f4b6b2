// Below the bars: what their colours mean, by which field they are stacked; a click on a value shows it alone.

import { signal } from '@preact/signals';
import { go, view } from '../state/navigation.ts';
import { labelOf } from '../text/fields.ts';
import { count, short } from '../text/numbers.ts';
import type { Layer } from './bars.ts';

/** The one series that is shown, by the field it is of; null for all. */
export const isolated = signal<{ by: string; key: string } | null>(null);

const FIELDS = ['PRIORITY', '_HOSTNAME', '_SYSTEMD_UNIT', 'SYSLOG_IDENTIFIER', '_TRANSPORT'];

export function Legend({ layers, by, only }: { layers: readonly Layer[]; by: string; only: string | null }) {
  const toggle = (key: string) => (isolated.value = only === key ? null : { by, key });
  // Any other field comes from the sidebar's facets and the list's columns.
  const fields = [...new Set([...FIELDS, ...view.value.columns, view.value.by])];
  return (
    <div class="legend">
      <label class="by">by{' '}
        <select aria-label="Stack the bars by" value={view.value.by} onChange={(event) => go({ by: event.currentTarget.value }, 'replace')}>
          {fields.map((field) => <option value={field}>{labelOf(field)}</option>)}
        </select>
      </label>
      <ul aria-label="Series">
        {layers.map((layer) => (
          <li key={layer.key}>
            <button
              type="button"
              class={only !== null && only !== layer.key ? 'aside' : ''}
              aria-pressed={only === layer.key}
              title={`${layer.name}: ${count(layer.total)}. Click: ${only === layer.key ? 'show all' : 'show it alone'}`}
              onClick={() => toggle(layer.key)}
            >
              <span class={`swatch ${layer.tone}`} /><span class="ellipsis">{layer.name}</span> <span class="dim">{short(layer.total)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
