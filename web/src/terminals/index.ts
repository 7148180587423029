/** The terminals' only door. It brings xterm.js along: import it when a terminal is opened, never with a list. */
export { TerminalPane, type TerminalPaneProps } from './terminal-pane.tsx';
