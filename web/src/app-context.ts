/** What every screen of a signed-in person shares. */
import { createContext, useContext } from 'solid-js';
import type { Session } from './auth/create-session.ts';
import type { Mirror } from './data/create-mirror.ts';
import type { Shell } from './shell/create-shell.ts';
import type { SyncView } from './shell/create-sync.ts';

export interface App {
  session: Session;
  mirror: Mirror;
  sync: SyncView;
  shell: Shell;
}

export const AppContext = createContext<App>();
export const SessionContext = createContext<Session>();

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp outside of the app');
  return app;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession outside of the app');
  return session;
}
