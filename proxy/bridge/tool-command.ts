/** Pure: the command in a tool's input, as a person is asked about it. */

/** A word that a shell takes as it stands. */
const PLAIN = /^[\w./:=@%+,-]+$/;

/** `input` as the event has it; null: it is not told, or words that a line of text would not tell apart. */
export function commandIn(input: string): string | null {
  const command = fieldOf(input);
  if (typeof command === 'string') return command.trim() || null;
  if (!Array.isArray(command) || !command.every((word) => typeof word === 'string')) return null;
  // ["bash", "-lc", "npm test"]: what is meant is the last.
  const [, flag = '', script = ''] = command;
  if (command.length === 3 && /^-\w*c$/.test(flag)) return script.trim() || null;
  return command.length > 0 && command.every((word) => PLAIN.test(word)) ? command.join(' ') : null;
}

function fieldOf(input: string): unknown {
  try {
    const { command, cmd } = Object(JSON.parse(input)) as { command?: unknown; cmd?: unknown };
    return command ?? cmd;
  } catch {
    return undefined;
  }
}
