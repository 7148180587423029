/** Brief messages. The queue is small and here; what shows it is loaded with the first one (toaster.tsx). */
import { createSignal } from 'solid-js';

export interface ToastMessage {
  id: number;
  tone: 'plain' | 'good' | 'bad';
  title: string;
  text?: string;
  action?: { label: string; run: () => void };
  /** Stays until it is answered. */
  sticky?: boolean;
  /** Another of the same kind takes its place. */
  kind?: string;
}

/** More than these at once nobody reads. */
const TOASTS_SHOWN = 4;

const [messages, setMessages] = createSignal<readonly ToastMessage[]>([]);
let lastId = 0;

export const toasts = messages;

export function showToast(toast: Omit<ToastMessage, 'id'>): number {
  const id = ++lastId;
  setMessages((before) =>
    [...before.filter(({ kind }) => kind === undefined || kind !== toast.kind), { ...toast, id }].slice(
      -TOASTS_SHOWN,
    ),
  );
  return id;
}

export function hideToast(id: number): void {
  setMessages((before) => before.filter((toast) => toast.id !== id));
}

/** For the end of a request that has no place on the screen to say so itself. */
export function toastError(title: string, fault: unknown): void {
  showToast({ tone: 'bad', title, text: fault instanceof Error ? fault.message : String(fault) });
}
