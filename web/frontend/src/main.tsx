import { render } from 'preact';
import { startAlerts } from './state/alerts.ts';
import { startDetails } from './state/details.ts';
import { startDigest } from './state/digest.ts';
import { startFleet } from './state/fleet.ts';
import { startBoots } from './state/explanations.ts';
import { startNavigation } from './state/navigation.ts';
import { search } from './state/search.ts';
import { startWho } from './state/who.ts';
import { App } from './ui/App.tsx';
import { startKeyboard } from './ui/keyboard.ts';

startNavigation();
search.start();
startDetails(search.isUnderWay);
startDigest();
startFleet();
startBoots(search.isUnderWay);
void startWho(search.isUnderWay);
startAlerts();
startKeyboard();
// The first questions are on their way before anything is drawn: the collector answers meanwhile.
window.setTimeout(() => render(<App />, document.getElementById('app')!));
