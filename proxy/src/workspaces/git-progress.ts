/**
 * Pure: git's progress on stderr as percentages. Lines end in CR while a phase runs and in LF when it is done;
 * a chunk may end anywhere.
 */

export interface GitProgress {
  /** "Receiving objects" */
  phase: string;
  /** git's own, 0–100 of this phase. */
  percent: number;
}

/** The longest line kept while its end has not come. Characters. */
const LINE_CHARACTERS = 4_096;

const LINE = /^(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*):\s+(\d{1,3})% \(\d+\/\d+\)/;

/** One line, or null when it tells no percentage. */
export function parseProgressLine(line: string): GitProgress | null {
  const match = LINE.exec(line);
  if (!match?.[1] || match[2] === undefined) return null;
  const percent = Number(match[2]);
  return percent <= 100 ? { phase: match[1], percent } : null;
}

export interface ProgressState {
  /** The unfinished line. */
  rest: string;
  latest: GitProgress | null;
}

export const NO_PROGRESS: ProgressState = { rest: '', latest: null };

/** Takes one more chunk; `latest` is the last percentage seen so far. */
export function feedProgress(state: ProgressState, chunk: string): ProgressState {
  const lines = (state.rest + chunk).split(/[\r\n]/);
  const rest = (lines.pop() ?? '').slice(-LINE_CHARACTERS);
  let latest = state.latest;
  for (const line of lines) latest = parseProgressLine(line) ?? latest;
  return { rest, latest };
}
