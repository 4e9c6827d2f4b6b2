import { notice } from '../state/details.ts';
import { view } from '../state/navigation.ts';
import { Alerts } from './Alerts.tsx';
import { AroundBar } from './AroundBar.tsx';
import { DetailPanel } from './Detail.tsx';
import { Events } from './Events.tsx';
import { FacetsPanel } from './Facets.tsx';
import { Fleet } from './Fleet.tsx';
import { Help } from './Help.tsx';
import { HistogramPanel } from './Histogram.tsx';
import { Patterns } from './Patterns.tsx';
import { Rows } from './Rows.tsx';
import { QueryError, ReadAsText } from './SearchBar.tsx';
import { StatusBar } from './StatusBar.tsx';
import { Toolbar } from './Toolbar.tsx';

export function App() {
  const { page, around, entry } = view.value;
  return (
    <>
      <Toolbar />
      {page === 'fleet' ? <Fleet /> : page === 'alerts' ? <Alerts /> : page === 'events' ? <Events /> : page === 'patterns' ? <Patterns /> : (
        <>
          <QueryError />
          <ReadAsText />
          {around === null ? <><StatusBar /><HistogramPanel /></> : <AroundBar />}
          <main class={`logs${around ? ' no-facets' : ''}${entry ? ' with-detail' : ''}`}>
            {around === null && <FacetsPanel />}
            <Rows />
            <DetailPanel />
          </main>
        </>
      )}
      <Help />
      <div class={`notice${notice.value ? ' shown' : ''}`} role="status" aria-live="polite">{notice.value}</div>
    </>
  );
}
