/** How this device's person sends a prompt, and which agent they last asked. Kept in localStorage. */
import { createSignal } from 'solid-js';
import type { SendWith } from './composer-text.ts';

const SEND_KEY = 'porthole.composer.send';
const AGENT_KEY = 'porthole.composer.agent';

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is full or forbidden: it holds until the page goes.
  }
}

const [sendWith, setSendWith] = createSignal<SendWith>(read(SEND_KEY) === 'mod' ? 'mod' : 'enter');

export { sendWith };

export function preferSendWith(next: SendWith): void {
  setSendWith(next);
  write(SEND_KEY, next);
}

export const lastAgent = (): string | null => read(AGENT_KEY);
export const rememberAgent = (key: string): void => write(AGENT_KEY, key);
