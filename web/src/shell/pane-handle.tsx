import type { Pane, PaneSide } from './create-shell.ts';

const STEP_PX = 16;

/** The line between two panes: drag it, or use the arrow keys; a double click puts it back. */
export function PaneHandle(props: { pane: Pane; side: PaneSide; label: string }) {
  const towards = () => (props.side === 'left' ? 1 : -1);
  function drag(event: PointerEvent & { currentTarget: HTMLElement }): void {
    const handle = event.currentTarget;
    const from = event.clientX;
    const width = props.pane.width();
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (move) => props.pane.resize(width + (move.clientX - from) * towards());
    handle.onpointerup = handle.onpointercancel = () => {
      handle.onpointermove = null;
    };
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a splitter that is moved is a focusable separator, not a rule
    <div
      role="separator"
      tabindex="0"
      aria-orientation="vertical"
      aria-label={props.label}
      aria-valuenow={props.pane.width()}
      aria-valuemin={props.pane.limits.min}
      aria-valuemax={props.pane.limits.max}
      onPointerDown={drag}
      onDblClick={() => props.pane.resize(props.pane.limits.initial)}
      onKeyDown={(event) => {
        const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
        if (by !== 0) props.pane.resize(props.pane.width() + by * towards() * STEP_PX);
      }}
      class="relative z-10 -mx-[3px] h-full w-1.5 shrink-0 cursor-col-resize touch-none transition-colors hover:bg-accent/40 focus-visible:bg-accent/60 focus-visible:outline-none active:bg-accent/60"
    />
  );
}
