/**
 * Pure: what an answer given for good answers later on (AG7). Invariant: never more than the person read. A question
 * shows what it is about and the names of its options, so a rule is about the very same, asked with an option of the
 * very same name; it is about more only where that name says so ("…for `git log` commands"). The agent remembers at a
 * scope of its own.
 */
import type { PermissionOption, PermissionRule } from './agent-events.ts';
import type { PendingPermission } from './agent-head.ts';

type Asked = Pick<PendingPermission, 'kind' | 'title' | 'options' | 'command' | 'digest'>;

/** One command, and nothing that runs another or writes a file beside it. */
const SIMPLE = /^[^;|&`$<>(){}\\\r\n]+$/;
/** Words of a command that an option's name may say. */
const MOST_WORDS = 4;

/** What `option` is remembered as; null: it is not for good. */
export function ruleFor(asked: Asked, option: PermissionOption): PermissionRule | null {
  const { name, kind } = option;
  if (kind !== 'allow_always' && kind !== 'reject_always') return null;
  return { kind: asked.kind, option: { name, kind }, about: aboutOf(asked, name) };
}

function aboutOf({ title, command, digest }: Asked, name: string): PermissionRule['about'] {
  if (command === undefined) return { type: 'title', title, digest: digest ?? null };
  const prefix = saidBy(name, command);
  return prefix === null ? { type: 'command', command } : { type: 'prefix', prefix };
}

/** The beginning of a simple command that an option's own name says: `git log` of "Do not ask for git log commands". */
function saidBy(name: string, command: string): string | null {
  if (!SIMPLE.test(command)) return null;
  const said = ` ${name.replace(/[`"“”]/g, ' ')} `;
  const words = command.trim().split(/\s+/);
  for (let count = Math.min(words.length, MOST_WORDS); count > 0; count -= 1) {
    const prefix = words.slice(0, count).join(' ');
    if (said.includes(` ${prefix} `)) return prefix;
  }
  return null;
}

/** The option by which `rule` answers what is asked; null: it does not. */
export function optionBy(rule: PermissionRule, asked: Asked): PermissionOption | null {
  if (rule.kind !== asked.kind || !covers(rule.about, asked)) return null;
  const { name, kind } = rule.option;
  return asked.options.find((each) => each.name === name && each.kind === kind) ?? null;
}

function covers(about: PermissionRule['about'], { title, command, digest }: Asked): boolean {
  switch (about.type) {
    case 'prefix': {
      if (command === undefined || !SIMPLE.test(command)) return false;
      return `${command.trim().replace(/\s+/g, ' ')} `.startsWith(`${about.prefix} `);
    }
    case 'command':
      return command === about.command;
    case 'title':
      return command === undefined && title === about.title && (digest ?? null) === about.digest;
  }
}

/** They are about the same, with whatever option. */
export const isSameRule = (a: PermissionRule, b: PermissionRule): boolean =>
  a.kind === b.kind && subjectOf(a.about) === subjectOf(b.about);

const subjectOf = (about: PermissionRule['about']): string => JSON.stringify(Object.values(about));
