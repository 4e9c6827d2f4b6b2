// Name a field of the journal, with those that are stored at hand.

import { useState } from 'preact/hooks';
import { allFields } from '../state/suggest.ts';
import { FIELD_NAME } from '../text/fields.ts';

interface Props {
  label: string;
  placeholder: string;
  /** Tells the lists of names of one page apart. */
  id: string;
  add: (name: string) => void;
}

export function AddField({ label, placeholder, id, add }: Props) {
  const [fields, setFields] = useState<string[]>([]);
  const take = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const input = event.currentTarget.elements.namedItem('field') as HTMLInputElement;
    const name = input.value.trim().toUpperCase();
    if (!FIELD_NAME.test(name) || name === 'MESSAGE') return;
    add(name);
    input.value = '';
  };
  return (
    <form class="add-field" onSubmit={take}>
      <input name="field" aria-label={label} placeholder={placeholder} list={`${id}-fields`} autocomplete="off" spellcheck={false} onFocus={() => void allFields().then(setFields)} />
      <datalist id={`${id}-fields`}>{fields.map((name) => <option value={name} />)}</datalist>
      <button type="submit" class="button small">Add</button>
    </form>
  );
}
