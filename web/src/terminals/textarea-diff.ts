/** What a program has to be sent so that what was typed becomes what the text field now says. Pure. */

export interface Edit {
  /** Characters to take back from the end. */
  erase: number;
  insert: string;
}

/** Both texts end where the program's cursor is. Counts whole characters, not UTF-16 units. */
export function editBetween(before: string, after: string): Edit {
  const old = [...before];
  const now = [...after];
  let same = 0;
  while (same < old.length && same < now.length && old[same] === now[same]) same++;
  return { erase: old.length - same, insert: now.slice(same).join('') };
}

const DELETE = '\x7f';
export const editBytes = ({ erase, insert }: Edit): string =>
  DELETE.repeat(erase) + insert.replaceAll('\r\n', '\r').replaceAll('\n', '\r');
