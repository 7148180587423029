/** How terminals look on this device, and which of them may write its clipboard. */
import { SCROLLBACK_LINES } from '@porthole/shared';
import { Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import {
  type CursorStyle,
  DEFAULT_FONT,
  MAX_FONT,
  MIN_FONT,
  prefer,
  preferences,
} from '../terminals/device-preferences.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Segmented } from '../ui/field.tsx';
import { RotateCcw, SquareTerminal } from '../ui/icons.ts';
import { Switch } from '../ui/switch.tsx';
import { terminalName } from '../workspaces/grouping.ts';
import { Box, BoxRow, Panel } from './parts.tsx';
import { ResourceList } from './resource-list.tsx';

const CURSORS: readonly { value: CursorStyle; label: string }[] = [
  { value: 'block', label: 'Block' },
  { value: 'bar', label: 'Bar' },
  { value: 'underline', label: 'Underline' },
];

const SCROLLBACKS = [1_000, SCROLLBACK_LINES, 10_000, 20_000].map((lines) => ({
  value: String(lines),
  label: lines.toLocaleString(),
}));

const CURSOR_CLASS: Record<CursorStyle, string> = {
  block: 'bg-accent',
  bar: 'border-l-2 border-accent',
  underline: 'border-b-2 border-accent',
};

export function TerminalPanel() {
  return (
    <>
      <Looks />
      <ClipboardConsents />
    </>
  );
}

function Looks() {
  const { shell } = useApp();
  return (
    <Panel title="Text and cursor" text="Kept on this device.">
      <Preview />
      <Box>
        <BoxRow
          wide
          title="Text size"
          text={`${preferences().fontSize} px. ${shell.narrow() ? 'Pinching a terminal changes it too.' : `In a terminal, ${shell.platform === 'mac' ? '⌘' : 'Ctrl'} with +, − or 0 changes it too.`}`}
        >
          <input
            type="range"
            aria-label="Text size"
            aria-valuetext={`${preferences().fontSize} pixels`}
            min={MIN_FONT}
            max={MAX_FONT}
            step={1}
            value={preferences().fontSize}
            class="h-7 min-w-0 flex-1 accent-accent touch:h-11 wide:w-56"
            onInput={(event) => prefer({ fontSize: event.currentTarget.valueAsNumber })}
          />
          <IconButton
            label={`Reset to ${DEFAULT_FONT} px`}
            disabled={preferences().fontSize === DEFAULT_FONT}
            onClick={() => prefer({ fontSize: DEFAULT_FONT })}
          >
            <RotateCcw size={14} />
          </IconButton>
        </BoxRow>
        <BoxRow wide title="Cursor" text="Programs may choose another one while they run.">
          <Segmented
            label="Cursor"
            class="wide:w-72 narrow:w-full"
            options={CURSORS}
            value={preferences().cursorStyle}
            onChange={(cursorStyle) => prefer({ cursorStyle })}
          />
        </BoxRow>
        <BoxRow
          wide
          title="Scroll-back"
          text={`Lines. More than ${SCROLLBACK_LINES.toLocaleString()} last only as long as the window.`}
        >
          <Segmented
            label="Scroll-back"
            class="wide:w-80 narrow:w-full"
            options={SCROLLBACKS}
            value={String(preferences().scrollback)}
            onChange={(lines) => prefer({ scrollback: Number(lines) })}
          />
        </BoxRow>
        <BoxRow title="Blinking cursor">
          <Switch
            label="Blinking cursor"
            checked={preferences().cursorBlink}
            onChange={(cursorBlink) => prefer({ cursorBlink })}
          />
        </BoxRow>
      </Box>
    </Panel>
  );
}

/** A line as it will look. Not an emulator: that is loaded with a terminal. */
function Preview() {
  return (
    <div
      aria-hidden="true"
      class="mb-3 flex h-16 items-center overflow-hidden rounded-xl border border-line bg-terminal px-4 font-[Cascadia_Mono,ui-monospace,SFMono-Regular,Menlo,Consolas,monospace] whitespace-pre"
      style={{ 'font-size': `${preferences().fontSize}px` }}
    >
      <span class="text-ok">refunds</span>
      <span> $ git status </span>
      <span
        class={`inline-block h-[1.2em] w-[0.6em] ${CURSOR_CLASS[preferences().cursorStyle]}`}
        classList={{ 'animate-[pulse-soft_1.2s_steps(1)_infinite]': preferences().cursorBlink }}
      />
    </div>
  );
}

function ClipboardConsents() {
  const { mirror } = useApp();
  const allowed = () =>
    [...preferences().clipboard].reverse().map((id) => {
      const terminal = mirror.terminals().find((one) => one.id === id);
      const workspace = mirror.workspaces().find((one) => one.id === terminal?.workspaceId);
      return { id, name: terminal && terminalName(terminal), workspace: workspace?.name };
    });
  const revoke = (ids: readonly string[]) =>
    prefer({ clipboard: preferences().clipboard.filter((id) => !ids.includes(id)) });
  return (
    <Panel
      title="Clipboard"
      text="Terminals whose programs may put text on this device’s clipboard without asking. None may read it."
      action={
        <Show when={allowed().length > 1}>
          <Button size="sm" variant="danger" onClick={() => revoke(preferences().clipboard)}>
            Revoke all
          </Button>
        </Show>
      }
    >
      <ResourceList
        of={allowed()}
        label="Terminals that may write the clipboard"
        empty="None. When a program wants to copy, you are asked; “Always here” puts its terminal on this list."
      >
        {(one) => (
          <BoxRow
            icon={<SquareTerminal size={18} />}
            title={one.name ?? 'A terminal that is not here'}
            text={one.name ? one.workspace : 'It was deleted, or belongs to another organisation.'}
          >
            <Button
              size="sm"
              variant="danger"
              aria-label={`Revoke ${one.name ?? 'a terminal that is not here'}`}
              onClick={() => revoke([one.id])}
            >
              Revoke
            </Button>
          </BoxRow>
        )}
      </ResourceList>
    </Panel>
  );
}
