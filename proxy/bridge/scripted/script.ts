/** Pure: what a prompt asks of the scripted agent: one step a line, from a fixed list. */
export type Step =
  | { do: 'run'; command: string }
  | { do: 'edit' | 'append'; path: string; text: string }
  | { do: 'read'; path: string }
  | { do: 'ask'; what: string }
  | { do: 'plan'; entries: string[] }
  | { do: 'say' | 'think'; text: string }
  | { do: 'wait'; ms: number }
  | { do: 'fail'; message: string }
  | { do: 'pull request'; url: string }
  | { do: 'preview'; port: number }
  | { do: 'image' | 'context' | 'stubborn' }
  | { do: 'cost'; amount: number }
  | { do: 'flood'; count: number; unit: 'events' | 'KiB' }
  | { do: 'exit'; code: number }
  | { do: 'unknown'; line: string };

export const HELP = `I am the scripted agent: no model, no key. I do what your prompt lists, one line at a time:

| line | what I do |
| --- | --- |
| \`run <command>\` | run it in the checkout |
| \`edit <path> <text>\`, \`append <path> <text>\` | write a file (\`\\n\` is a new line) |
| \`read <path>\` | read a file |
| \`ask <what>\` | ask for permission |
| \`plan a; b; c\` | show a plan; it advances with the lines that follow |
| \`say <text>\`, \`think <text>\` | talk, think |
| \`wait <ms>\` | take my time |
| \`pull request <url>\`, \`preview <port>\`, \`image\` | yield something |
| \`cost <amount>\` | say that so many dollars were spent, of which none were |
| \`context\` | say how many prompts I remember |
| \`fail <message>\`, \`exit <code>\`, \`stubborn\`, \`flood <n>\` or \`flood <n> KiB\` | misbehave |

Try \`/tour\`.`;

const TOUR = `think A newcomer. I show what a session looks like: a plan, commands, an edit, a question.
plan Look around; Write a note; Ask before the last step
say Welcome! I am **scripted**: everything you see is really done in this checkout, but no model decides it.
run git log --oneline -3 2>/dev/null || ls
edit porthole-tour.md # A note from the scripted agent\\n\\nYou may delete this file.\\n
ask remove the note again
run rm -f porthole-tour.md
say That was the tour. A real agent works the same way: see *Settings → Agents*. \`/help\` lists what I can do.`;

/** A step of its own for each line; `unknown` where a line is none. Empty: nothing was recognised. */
export function parseScript(prompt: string): Step[] {
  const text = prompt.trim();
  if (text === '/tour') return parseScript(TOUR);
  const steps = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(parseLine);
  return steps.every((step) => step.do === 'unknown') ? [] : steps;
}

function parseLine(line: string): Step {
  const [word = '', rest = ''] = split(line);
  const unknown: Step = { do: 'unknown', line };
  switch (word) {
    case 'run':
      return rest ? { do: 'run', command: rest } : unknown;
    case 'edit':
    case 'append': {
      const [path, text] = split(rest);
      return path ? { do: word, path, text: unescaped(text) } : unknown;
    }
    case 'read':
      return rest ? { do: 'read', path: rest } : unknown;
    case 'ask':
      return rest ? { do: 'ask', what: rest } : unknown;
    case 'plan':
      return rest ? { do: 'plan', entries: rest.split(';').map((entry) => entry.trim()) } : unknown;
    case 'say':
    case 'think':
      return rest ? { do: word, text: unescaped(rest) } : unknown;
    case 'wait':
      return /^\d{1,7}$/.test(rest) ? { do: 'wait', ms: Number(rest) } : unknown;
    case 'fail':
      return { do: 'fail', message: rest || 'Told to fail' };
    case 'pull':
      return /^request https?:\/\/\S+$/.test(rest) ? { do: 'pull request', url: rest.slice(8) } : unknown;
    case 'preview':
      return /^\d{1,5}$/.test(rest) ? { do: 'preview', port: Number(rest) } : unknown;
    case 'image':
    case 'context':
    case 'stubborn':
      return rest === '' ? { do: word } : unknown;
    case 'cost':
      return /^\d{1,4}(\.\d{1,6})?$/.test(rest) ? { do: 'cost', amount: Number(rest) } : unknown;
    case 'flood': {
      const [, count, unit] = /^(\d{1,7})( KiB)?$/.exec(rest) ?? [];
      return count ? { do: 'flood', count: Number(count), unit: unit ? 'KiB' : 'events' } : unknown;
    }
    case 'exit':
      return /^\d{1,3}$/.test(rest) ? { do: 'exit', code: Number(rest) } : unknown;
    default:
      return unknown;
  }
}

function split(text: string): [string, string] {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  return [word, rest];
}

const unescaped = (text: string): string => text.replaceAll('\\n', '\n');
