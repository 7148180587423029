/**
 * How much of an element a phone's keyboard covers. Where the page itself shrinks (`interactive-widget`), nothing;
 * on iOS it does not, and the visual viewport alone knows.
 */
import { createSignal, onCleanup } from 'solid-js';

export interface Covered {
  top: number;
  bottom: number;
}

/** The parts of [top, bottom] outside of [viewTop, viewTop + viewHeight]. Pure. */
export function coveredBy(top: number, bottom: number, viewTop: number, viewHeight: number): Covered {
  return { top: Math.max(0, viewTop - top), bottom: Math.max(0, bottom - viewTop - viewHeight) };
}

export function createCovered(element: () => HTMLElement | undefined): () => Covered {
  const [covered, setCovered] = createSignal<Covered>(
    { top: 0, bottom: 0 },
    { equals: (a, b) => a.top === b.top && a.bottom === b.bottom },
  );
  const viewport = window.visualViewport;
  if (!viewport) return covered;
  const look = () => {
    const box = element()?.getBoundingClientRect();
    // A pinch on the page zooms the same viewport: that is no keyboard.
    if (!box || viewport.scale > 1.01) return;
    setCovered(coveredBy(box.top, box.bottom, viewport.offsetTop, viewport.height));
  };
  viewport.addEventListener('resize', look);
  viewport.addEventListener('scroll', look);
  onCleanup(() => {
    viewport.removeEventListener('resize', look);
    viewport.removeEventListener('scroll', look);
  });
  return covered;
}
