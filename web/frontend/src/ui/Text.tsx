// Log text on the screen. Only ever text nodes: nothing that was logged becomes markup.

import { pieces } from '../text/visible.ts';

/** `text` with control and bidi characters visible and terminal colours as classes. */
export function Text({ text, multiline = false }: { text: string; multiline?: boolean }) {
  const parts = pieces(text, multiline);
  if (parts.length === 1 && !parts[0]!.mark && !parts[0]!.style) return <>{parts[0]!.text}</>;
  return (
    <>
      {parts.map((part) =>
        part.mark ? (
          <span class="mark" title={part.mark}>{part.text}</span>
        ) : part.style ? (
          <span class={part.style}>{part.text}</span>
        ) : (
          part.text
        ),
      )}
    </>
  );
}
