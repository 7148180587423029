import { render } from 'solid-js/web';
import './ui/theme.css';
import './settings/theme.ts';
import { App } from './app.tsx';
import { watchForUpdates } from './shell/updates.ts';

render(() => <App />, document.getElementById('root')!);
watchForUpdates();
