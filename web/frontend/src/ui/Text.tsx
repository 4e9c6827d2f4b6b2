// Log text on the screen. Only ever text nodes: nothing that was logged becomes markup.

import type { ComponentChildren } from 'preact';
import { HITS_WITHIN } from '../text/hits.ts';
import { pieces } from '../text/visible.ts';

interface Props {
  text: string;
  multiline?: boolean;
  /** What was searched for, marked. */
  hits?: RegExp | null;
  /** Characters within which hits are marked. */
  within?: number;
}

/** `text` with control and bidi characters visible and terminal colours as classes. */
export const Text = (props: Props) => <>{written(props)}</>;

/** The same as children of an element: of the many texts of a list none is a component. */
export function written({ text, multiline = false, hits = null, within = HITS_WITHIN }: Props): ComponentChildren {
  const parts = pieces(text, multiline);
  if (parts.length === 0) return null;
  if (parts.length === 1 && !parts[0]!.mark && !parts[0]!.style) return marked(parts[0]!.text, hits, within);
  return parts.map((part) =>
    part.mark ? (
      <span class="mark" title={part.mark}>{part.text}</span>
    ) : part.style ? (
      <span class={part.style}>{marked(part.text, hits, within)}</span>
    ) : (
      marked(part.text, hits, within)
    ),
  );
}

function marked(text: string, hits: RegExp | null, within: number): ComponentChildren {
  if (hits === null) return text;
  const out: ComponentChildren[] = [];
  let end = 0;
  for (const hit of text.slice(0, within).matchAll(hits)) {
    if (hit[0] === '') continue;
    if (hit.index > end) out.push(text.slice(end, hit.index));
    out.push(<mark class="hit">{hit[0]}</mark>);
    end = hit.index + hit[0].length;
  }
  return end === 0 ? text : [...out, text.slice(end)];
}
