/**
 * A terminal on the screen. The grid has all the room; a line tells about it; notices stand over its end. On a phone
 * a bar of keys is below it, and a line to write in.
 */
import { createEffect, createSignal, on, onCleanup, onMount, Show } from 'solid-js';
import { Portal } from 'solid-js/web';
import { BarEditor } from './bar-editor.tsx';
import { type BarKey, encodeKey } from './bar-keys.ts';
import { Composer } from './composer.tsx';
import { createSight } from './create-sight.ts';
import { createSticky } from './create-sticky.ts';
import { createTerminal, isTouch } from './create-terminal.ts';
import { FindBar } from './find-bar.tsx';
import { onGestures } from './gestures.ts';
import { GridOffer, hasRoomForOffer } from './grid-offer.tsx';
import { KeyBar } from './key-bar.tsx';
import { createCovered } from './keyboard-inset.ts';
import { Notices } from './notices.tsx';
import { isFindKey, takesKey } from './pane-keys.ts';
import { createPasting, PasteQuestion } from './pasting.tsx';
import { preferences } from './preferences.ts';
import { StatusBar } from './status-bar.tsx';
import { createTouchSelection, TouchSelectionView } from './touch-selection.tsx';
import { type TouchTyping, typeByTouch } from './touch-typing.ts';

export interface TerminalPaneProps {
  terminalId: string;
  /** On the screen now: only then is it connected first, drawn by WebGL, and counted as looking. */
  visible: boolean;
  /** Where the line about it goes; null: into the pane. */
  statusSlot?: HTMLElement | null;
  onBell?: () => void;
}

export function TerminalPane(props: TerminalPaneProps) {
  const sticky = createSticky();
  const [finding, setFinding] = createSignal(false);
  const [composing, setComposing] = createSignal(false);
  const [draft, setDraft] = createSignal('');
  const [editing, setEditing] = createSignal(false);
  const online = createOnline();
  let pane: HTMLDivElement | undefined;
  let room: HTMLDivElement | undefined;
  let gridElement: HTMLDivElement | undefined;
  let host: HTMLDivElement | undefined;
  let typing: TouchTyping | undefined;

  const control = createTerminal({
    terminalId: props.terminalId,
    visible: () => props.visible,
    onBell: () => props.onBell?.(),
    onInput: (text) => sticky.apply(text),
    onKey: (event) => takesKey(event, control),
  });
  const terminal = () => control.emulator()?.terminal;
  const covered = createCovered(() => pane);
  const selection = createTouchSelection(terminal, control.fit.cell, () => gridElement as HTMLElement);

  const sight = createSight(control, () => room);
  const pasting = createPasting(control, {
    beforePaste: () => typing?.forget(),
    onNoClipboard: () => setComposing(true),
  });

  // ── phone ──

  function barKey(key: BarKey): void {
    typing?.forget();
    if (key === 'paste') {
      void pasting.pasteFromClipboard();
      return;
    }
    const text = encodeKey(key, sticky.held(), terminal()?.modes.applicationCursorKeysMode ?? false);
    sticky.used();
    control.send(text);
  }

  // ── the element ──

  onMount(() => {
    const element = gridElement;
    const frame = room;
    if (!element || !frame) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) control.fit.setArea({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(frame);
    onCleanup(() => observer.disconnect());
    control.mount(host as HTMLElement);
    const onPaneKey = (event: KeyboardEvent) => {
      if (!isFindKey(event)) return;
      event.preventDefault();
      event.stopPropagation();
      setFinding(true);
    };
    pane?.addEventListener('keydown', onPaneKey, { capture: true });
    const onPaste = (event: ClipboardEvent) => {
      event.preventDefault();
      event.stopPropagation();
      pasting.paste(event.clipboardData?.getData('text/plain') ?? '');
    };
    element.addEventListener('paste', onPaste, { capture: true });
  });

  createEffect(() => {
    const target = terminal();
    if (!target || !room || !gridElement) return;
    const typed = target.onData(sight.showCursor);
    onCleanup(() => typed.dispose());
    if (!isTouch) return;
    const field = target.textarea;
    if (field) {
      const byTouch = typeByTouch(gridElement, field, control.send);
      typing = byTouch;
      onCleanup(() => byTouch.dispose());
    }
    onCleanup(
      onGestures(room, target, {
        cellHeight: () => control.fit.cell().height,
        pan: sight.pan,
        pinch: sight.pinch,
        longPress: (x, y) => selection.press(x, y),
        tap: () => selection.clear(),
      }),
    );
  });

  createEffect(
    on(
      () => props.visible && control.emulator() !== null,
      (shown) => shown && !isTouch && !finding() && control.focus(),
      { defer: true },
    ),
  );

  const isStale = () => !control.connected();

  return (
    <div
      ref={pane}
      class="term-pane"
      data-touch={isTouch ? '' : undefined}
      data-stale={isStale() ? '' : undefined}
      data-foreign={control.fit.isForeign() ? '' : undefined}
      style={{
        'padding-top': `${covered().top}px`,
        'padding-bottom': `${covered().bottom}px`,
        '--grid-width': `${control.fit.content().width}px`,
        '--grid-height': `${control.fit.content().height}px`,
      }}
    >
      <div class="term-stage">
        <div ref={room} class="term-room" onScroll={sight.keepGridInSight}>
          <div
            ref={gridElement}
            class="term-grid"
            style={{ width: `${control.fit.content().width}px`, height: `${control.fit.content().height}px` }}
          >
            {/* xterm.js's own: a parent of its own keeps what is rendered here from replacing it. */}
            <div ref={host} class="term-host" />
            <Show when={isTouch && terminal()}>
              {(target) => (
                <TouchSelectionView
                  control={selection}
                  terminal={target()}
                  cell={control.fit.cell()}
                  onPaste={() => void pasting.pasteFromClipboard()}
                />
              )}
            </Show>
          </div>
          <Show when={isTouch && hasRoomForOffer(control)}>
            <GridOffer control={control} />
          </Show>
        </div>
        <Show when={finding() && control.emulator()}>
          {(emulator) => (
            <FindBar
              search={emulator().search}
              initial={terminal()?.getSelection().split('\n')[0] ?? ''}
              onClose={() => {
                setFinding(false);
                control.focus();
              }}
            />
          )}
        </Show>
        <Show when={control.hovered()}>{(url) => <div class="term-hover">{url()}</div>}</Show>
        <Show when={control.scrolledUp()}>
          <button
            type="button"
            class="term-chip absolute right-4 bottom-3 z-10 !px-3 !py-1"
            onClick={() => terminal()?.scrollToBottom()}
          >
            ↓ to the end
          </button>
        </Show>
        <Notices control={control} online={online()} />
      </div>
      <Show when={props.statusSlot} keyed fallback={<Status inTabs={false} />}>
        {(slot) => (
          <Portal mount={slot}>
            <Status inTabs />
          </Portal>
        )}
      </Show>
      <Show when={isTouch && control.canWrite()}>
        <Show when={composing()}>
          <Composer
            text={draft()}
            onText={setDraft}
            onSend={(text, enter) => {
              if (text) pasting.insert(text);
              typing?.forget();
              if (enter) control.send('\r');
            }}
            onClose={() => setComposing(false)}
          />
        </Show>
        <KeyBar
          keys={preferences().bar}
          sticky={sticky}
          composing={composing()}
          onKey={barKey}
          onComposer={() => {
            setComposing((open) => !open);
            if (!composing()) control.focus();
          }}
          onEdit={() => setEditing(true)}
        />
        <BarEditor open={editing()} onClose={() => setEditing(false)} />
      </Show>
      <PasteQuestion pasting={pasting} />
    </div>
  );

  function Status(status: { inTabs: boolean }) {
    return (
      <StatusBar control={control} online={online()} inTabs={status.inTabs} onFind={() => setFinding(true)} />
    );
  }
}

function createOnline(): () => boolean {
  const [online, setOnline] = createSignal(navigator.onLine);
  const look = () => setOnline(navigator.onLine);
  addEventListener('online', look);
  addEventListener('offline', look);
  onCleanup(() => {
    removeEventListener('online', look);
    removeEventListener('offline', look);
  });
  return online;
}
