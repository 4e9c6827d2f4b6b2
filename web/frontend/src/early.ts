// Runs before the page's own script, and is small: the first page of rows is on its way while that is still read.

import { address, inSteps, type Early } from './api/client.ts';
import { earlyPage } from './state/firstPage.ts';
import { parseView } from './state/view.ts';

const params = earlyPage(parseView(location.search));
if (params !== null) {
  const url = address('entries', params);
  const controller = new AbortController();
  const response = fetch(url, { ...inSteps, signal: controller.signal });
  // Whoever takes it hears of a failure.
  response.catch(() => undefined);
  (window as { early?: Early }).early = { url, response, controller };
}
