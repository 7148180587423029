/** The keys of keymap.ts in words. Apart from it, since every screen needs the keys and only one the words. */
export interface KeyHelp {
  what: string;
  mac: readonly string[];
  other: readonly string[];
}

/** What `?` shows, in its order. */
export const KEY_HELP: readonly { title: string; keys: readonly KeyHelp[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      { what: 'Everything: workspaces, terminals, commands', mac: ['⌘K'], other: ['Ctrl+K', 'Ctrl+Shift+K'] },
      { what: 'Left pane', mac: ['⌘\\'], other: ['Ctrl+\\', 'Ctrl+Shift+\\'] },
      { what: 'Right pane', mac: ['⌘.'], other: ['Ctrl+.', 'Ctrl+Shift+.'] },
      { what: 'This list', mac: ['?'], other: ['?'] },
      { what: 'Close a dialog or menu', mac: ['esc'], other: ['Esc'] },
    ],
  },
  {
    title: 'In a workspace',
    keys: [
      { what: 'New terminal', mac: ['⌘⇧T', '⌃⇧T'], other: ['Alt+Shift+T', 'Ctrl+Shift+T'] },
      { what: 'Tab 1 to 9', mac: ['⌘1 … ⌘9'], other: ['Ctrl+Shift+1 … 9'] },
      {
        what: 'Tab to the left, to the right',
        mac: ['⌘⇧[', '⌘⇧]'],
        other: ['Ctrl+Shift+[', 'Ctrl+Shift+]'],
      },
    ],
  },
  {
    // agents/composer-text.ts, permission-bar.tsx
    title: 'With an agent',
    keys: [
      { what: 'Send', mac: ['⏎', '⌘⏎'], other: ['Enter', 'Ctrl+Enter'] },
      { what: 'A new line', mac: ['⇧⏎'], other: ['Shift+Enter'] },
      { what: 'Stop what runs', mac: ['esc'], other: ['Esc'] },
      { what: 'Answer its question', mac: ['⌥1 … ⌥4'], other: ['Alt+1 … 4'] },
      { what: 'Move a waiting prompt', mac: ['↑', '↓'], other: ['↑', '↓'] },
      { what: 'To the beginning, to the end', mac: ['Home', 'End'], other: ['Home', 'End'] },
    ],
  },
  {
    // terminals/pane-keys.ts
    title: 'In a terminal',
    keys: [
      { what: 'Find in what it has printed', mac: ['⌘⇧F'], other: ['Ctrl+Shift+F'] },
      { what: 'Copy, paste', mac: ['⌘C', '⌘V'], other: ['Ctrl+Shift+C', 'Ctrl+Shift+V'] },
      {
        what: 'Larger text, smaller, as it was',
        mac: ['⌘+', '⌘−', '⌘0'],
        other: ['Ctrl++', 'Ctrl+−', 'Ctrl+0'],
      },
    ],
  },
];
