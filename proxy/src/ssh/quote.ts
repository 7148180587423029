/** Pure: shell words. The one place where text becomes part of a command line. */

/**
 * One word for whatever login shell is on the other side. Single quotes hold everything but `'` and `\`;
 * those two stand outside, because fish reads backslashes inside single quotes and sh does not.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a NUL character cannot be part of a command');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  const quoted = word.replace(/['\\]|[^'\\]+/g, (part) =>
    part === "'" ? `"'"` : part === '\\' ? '\\\\' : `'${part}'`,
  );
  return quoted === '' ? "''" : quoted;
}

/** A POSIX script with its positional parameters, as one command for any login shell. */
export const shellCommand = (script: string, ...parameters: string[]): string =>
  ['exec', 'sh', '-c', script, 'sh', ...parameters].map((word) => quote(word)).join(' ');

/** `NAME=value` words for `env`. Throws on a name that is no variable name. */
export function environmentWords(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new RangeError(`not the name of an environment variable: ${name}`);
    return `${name}=${value}`;
  });
}
