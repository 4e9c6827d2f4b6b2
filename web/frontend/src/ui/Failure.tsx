// A panel's own error: what went wrong, what to do, and a way to try again. The other panels live on.

import type { ApiError } from '../api/client.ts';

export function Failure({ what, error, retry }: { what: string; error: ApiError; retry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{what}:</strong> {error.message}
        {error.where && error.where !== 'q' ? <> (<code>{error.where}</code>)</> : null}
        {/[.!?]$/.test(error.message) ? '' : '.'} <span class="dim">{error.advice}</span>
      </p>
      {retry && <button type="button" class="button small" onClick={retry}>Retry</button>}
    </div>
  );
}
