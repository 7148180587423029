/** The messages of Porthole and nothing else: no I/O, neither dom nor node. `http.ts` is imported by its own name. */
export * from './envelope.ts';
export * from './errors.ts';
export * from './feed.ts';
export * from './flow-limits.ts';
export * from './ids.ts';
export * from './presence.ts';
export * from './rows.ts';
export * from './terminal.ts';
export * from './version.ts';
export * from './workspace.ts';
