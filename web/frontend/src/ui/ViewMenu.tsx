// How the list looks: order, columns, wrapping, folding, density.

import type { Signal } from '@preact/signals';
import { go, toggleColumn, view } from '../state/navigation.ts';
import { dense, fold, wrap } from '../state/settings.ts';
import { DEFAULT_COLUMNS, type Order } from '../state/view.ts';
import { labelOf } from '../text/fields.ts';
import { AddField } from './AddField.tsx';
import { Icon } from './icons.tsx';
import { Popover } from './Popover.tsx';

const ORDERS: [Order, string][] = [['newest', 'Newest first'], ['oldest', 'Oldest first']];

export function ViewMenu() {
  return (
    <Popover class="view-menu" align="right" title="View: order, columns, look" label={<><Icon name="view" /> View</>}>
      {() => <Choices />}
    </Popover>
  );
}

function Choices() {
  const { order, columns } = view.value;
  return (
    <div class="menu view-choices">
      <div class="group" role="group" aria-label="Order">
        {ORDERS.map(([value, name]) => <button type="button" class="button small" aria-pressed={order === value} onClick={() => go({ order: value }, 'replace')}>{name}</button>)}
      </div>
      <Switch name="Wrap long lines" value={wrap} />
      <Switch name="Fold repeated lines" value={fold} />
      <Switch name="More lines on the screen" value={dense} />
      <p class="heading">Columns between time and message</p>
      <ul aria-label="Columns">
        {columns.map((name) => (
          <li class="chosen-column">
            <span class="ellipsis" title={name}>{labelOf(name)}</span>
            <button type="button" class="column-drop" aria-label={`Remove the column ${labelOf(name)}`} title="Remove" onClick={() => toggleColumn(name)}><Icon name="close" /></button>
          </li>
        ))}
      </ul>
      <AddField label="Field to add as column" placeholder="Add a field, _PID" id="column" add={(name) => { if (!view.peek().columns.includes(name)) toggleColumn(name); }} />
      {columns.join() !== DEFAULT_COLUMNS.join() && <button type="button" class="link" onClick={() => go({ columns: DEFAULT_COLUMNS }, 'replace')}>The usual columns</button>}
    </div>
  );
}

function Switch({ name, value }: { name: string; value: Signal<boolean> }) {
  return (
    <label class="switch"><input type="checkbox" checked={value.value} onChange={(event) => (value.value = event.currentTarget.checked)} /> {name}</label>
  );
}
