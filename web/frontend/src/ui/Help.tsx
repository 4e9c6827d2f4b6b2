// Keys and search language, on one page over the page.

import { useEffect, useRef } from 'preact/hooks';
import { helpOpen } from '../state/details.ts';
import { go } from '../state/navigation.ts';
import { Icon } from './icons.tsx';

const KEYS: [string[], string][] = [
  [['/'], 'search'],
  [['j', 'k'], 'next, previous entry'],
  [['e', 'E'], 'next, previous error'],
  [['w', 'W'], 'next, previous warning or worse'],
  [['b', 'B'], 'next, previous reboot'],
  [['Enter'], 'open the entry'],
  [['Esc'], 'close, leave'],
  [['space'], 'pause, resume'],
  [['p'], 'change the least priority shown'],
  [['u'], 'times in UTC or local'],
  [['l'], 'wrap long lines'],
  [['f'], 'show each of a repeated line'],
  [['←', '→'], 'on bars: choose one; Shift: several; Enter: zoom in, or open the log'],
  [['?'], 'this page'],
];

export const EXAMPLES: [string, string][] = [
  ['connection refused', 'both words, in any field and order'],
  ['"connection refused"', 'these words side by side'],
  ['timeout OR -debug', 'either; without. NOT and ( ) work too'],
  ['unit=ssh.service', 'a field has this value; also host= ident= boot= pid= transport='],
  ['host=web-*', 'begins so'],
  ['priority<=err', 'err and more urgent'],
  ['_UID!=0', 'any journal field by its name'],
  ['/time(d )?out/', 'a regular expression on the message'],
  ['*uota exc*', 'a part of the message'],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const close = () => (helpOpen.value = false);
  const tryIt = (q: string) => {
    close();
    go({ q, around: null, page: 'logs' });
  };
  return (
    <dialog ref={dialog} class="help-page" aria-label="Help" onClose={close} onClick={(event) => event.target === dialog.current && close()}>
      <div class="help-inner">
        <header>
          <h2>Help</h2>
          <button type="button" class="button icon-only small" aria-label="Close" title="Close (Esc)" onClick={close}><Icon name="close" /></button>
        </header>
        <div class="help-columns">
          <section>
            <h3>Search</h3>
            <table>
              <tbody>
                {EXAMPLES.map(([q, words]) => (
                  <tr><th scope="row"><button type="button" class="link" title="Search for this" onClick={() => tryIt(q)}><code>{q}</code></button></th><td>{words}</td></tr>
                ))}
              </tbody>
            </table>
            <p class="dim">Anything pasted from a log finds its line: what is no query is searched as text.</p>
          </section>
          <section>
            <h3>Keys</h3>
            <table>
              <tbody>
                {KEYS.map(([keys, words]) => (
                  <tr><th scope="row">{keys.map((key) => <kbd>{key}</kbd>)}</th><td>{words}</td></tr>
                ))}
              </tbody>
            </table>
            <h3>Mouse</h3>
            <p>Click a value in the sidebar for only this, Alt-click for not this. Drag over the bars to zoom. Select rows and copy them as text.</p>
            <p class="dim"><a href="api/v1/openapi.json">API</a> · <a href={document.body.dataset['licences'] ?? '#'}>Licences</a></p>
          </section>
        </div>
      </div>
    </dialog>
  );
}
