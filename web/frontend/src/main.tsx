import { render } from 'preact';
import { startDetails } from './state/details.ts';
import { startDigest } from './state/digest.ts';
import { startFleet } from './state/fleet.ts';
import { startBoots } from './state/explanations.ts';
import { startNavigation } from './state/navigation.ts';
import { search } from './state/search.ts';
import { App } from './ui/App.tsx';
import { startKeyboard } from './ui/keyboard.ts';

startNavigation();
search.start();
startDetails();
startDigest();
startFleet();
startBoots();
startKeyboard();
render(<App />, document.getElementById('app')!);
