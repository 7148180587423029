/**
 * The service worker, and how a new version of the app comes in: it waits until a person says so. Invariant: nothing
 * here reloads a page under a running terminal by itself.
 */
import { showToast } from '../ui/toast.ts';

/** A page that stays open for days asks so often. */
const LOOK_EVERY_MS = 60 * 60_000;

let registration: ServiceWorkerRegistration | undefined;
/** This tab asked for the new version: when it takes over, load it here. */
let accepted = false;

export function watchForUpdates(): void {
  addEventListener('vite:preloadError', () => void offerIfGone());
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  const hadController = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (accepted) location.reload();
    // Another tab has switched over.
    else if (hadController) offerUpdate('ready');
  });
  navigator.serviceWorker
    .register('/service-worker.js')
    .then((found) => {
      registration = found;
      if (found.waiting && navigator.serviceWorker.controller) offerUpdate('ready');
      found.addEventListener('updatefound', () => {
        const worker = found.installing;
        worker?.addEventListener('statechange', () => {
          if (worker.state === 'installed' && navigator.serviceWorker.controller) offerUpdate('ready');
        });
      });
      setInterval(() => void found.update().catch(() => {}), LOOK_EVERY_MS);
    })
    // Without it the app works, only not offline.
    .catch(() => {});
}

/**
 * A file of the app could not be had. Either this version is gone from the server, and only the new one can go on; or
 * there is no network, or no server for now, which the screen says as it is.
 */
async function offerIfGone(): Promise<void> {
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src;
  if (!entry) return;
  // With a query, so that neither the service worker nor a cache answers.
  const answer = await fetch(`${entry}?there`, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
  if (answer?.status === 404) offerUpdate('urgent');
}

export function offerUpdate(urgency: 'ready' | 'urgent'): void {
  if (urgency === 'urgent') void registration?.update().catch(() => {});
  showToast({
    kind: 'update',
    sticky: true,
    ...(urgency === 'ready'
      ? { tone: 'plain', title: 'Update ready', text: 'Reload when you like. Terminals go on running.' }
      : {
          tone: 'bad',
          title: 'This version is out of date',
          text: 'The server has a newer one. Reload to go on; terminals keep running meanwhile.',
        }),
    action: { label: 'Reload', run: reload },
  });
}

function reload(): void {
  accepted = true;
  const waiting = registration?.waiting;
  if (waiting) waiting.postMessage({ type: 'SKIP_WAITING' });
  else location.reload();
}
