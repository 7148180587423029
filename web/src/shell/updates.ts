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
      // One may be on its way already: then nothing more is said of it than its state.
      offerWhenInstalled(found.installing);
      found.addEventListener('updatefound', () => offerWhenInstalled(found.installing));
      setInterval(() => void found.update().catch(() => {}), LOOK_EVERY_MS);
    })
    // Without it the app works, only not offline.
    .catch(() => {});
}

function offerWhenInstalled(worker: ServiceWorker | null): void {
  worker?.addEventListener('statechange', () => {
    if (worker.state === 'installed' && navigator.serviceWorker.controller) offerUpdate('ready');
  });
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
    action: { label: 'Reload', run: loadNewest },
  });
}

/**
 * The page again, by the newest version that the server has. A plain reload would be answered by the worker that is in
 * charge, with the version that it brought.
 */
export function loadNewest(): void {
  accepted = true;
  if (registration) void bringIn(registration, () => location.reload());
  else location.reload();
}

type Registration = Pick<ServiceWorkerRegistration, 'update' | 'installing' | 'waiting'>;

/** Calls `load` when the newest version is in charge, or when there is none to wait for. */
export async function bringIn(registration: Registration, load: () => void): Promise<void> {
  await registration.update().catch(() => {});
  const worker = registration.installing ?? registration.waiting;
  if (!worker) return load();
  const settle = () => {
    if (worker.state === 'installed') worker.postMessage({ type: 'SKIP_WAITING' });
    // `redundant`: it could not be had; what there is goes on.
    else if (worker.state === 'activated' || worker.state === 'redundant') load();
  };
  worker.addEventListener('statechange', settle);
  settle();
}
