/** What was used, by person and by session, and how it is written. Pure. */
import type { Usage } from '../agents/session-calls.ts';

export interface Used {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  /** By currency, as agents name it. */
  costs: Map<string, number>;
}

export interface PersonLine extends Used {
  userId: string;
  /** The most used first. */
  models: string[];
}

export interface SessionLine extends Used {
  session: string;
  people: string[];
}

const nothing = (): Used => ({ requests: 0, inputTokens: 0, outputTokens: 0, costs: new Map() });

function add(to: Used, of: Pick<Used, 'requests' | 'inputTokens' | 'outputTokens'>): void {
  to.requests += of.requests;
  to.inputTokens += of.inputTokens;
  to.outputTokens += of.outputTokens;
}

const spend = (on: Used, { currency, amount }: { currency: string; amount: number }): void => {
  on.costs.set(currency, (on.costs.get(currency) ?? 0) + amount);
};

const tokens = ({ inputTokens, outputTokens }: Pick<Used, 'inputTokens' | 'outputTokens'>): number =>
  inputTokens + outputTokens;
const money = ({ costs }: Used): number => [...costs.values()].reduce((sum, each) => sum + each, 0);

/** Who used the most first; who used no gateway by what it cost. */
const byMost = (a: Used, b: Used): number => tokens(b) - tokens(a) || money(b) - money(a);

export function usageByPerson({ rows, costs }: Pick<Usage, 'rows' | 'costs'>): PersonLine[] {
  const lines = new Map<string, PersonLine & { ofModel: Map<string, number> }>();
  const of = (userId: string) => {
    const line = lines.get(userId) ?? { userId, models: [], ofModel: new Map(), ...nothing() };
    lines.set(userId, line);
    return line;
  };
  for (const row of rows) {
    const line = of(row.userId);
    add(line, row);
    line.ofModel.set(row.model, (line.ofModel.get(row.model) ?? 0) + tokens(row));
  }
  for (const cost of costs) spend(of(cost.userId), cost);
  return [...lines.values()]
    .map(({ ofModel, ...line }) => ({
      ...line,
      models: [...ofModel].sort((a, b) => b[1] - a[1]).map(([model]) => model),
    }))
    .sort(byMost);
}

export function usageBySession({ sessions, costs }: Pick<Usage, 'sessions' | 'costs'>): SessionLine[] {
  const lines = new Map<string, SessionLine>();
  const of = ({ session, userId }: { session: string; userId: string }) => {
    const line = lines.get(session) ?? { session, people: [], ...nothing() };
    lines.set(session, line);
    if (!line.people.includes(userId)) line.people.push(userId);
    return line;
  };
  for (const row of sessions) add(of(row), row);
  for (const cost of costs) spend(of(cost), cost);
  return [...lines.values()].sort(byMost);
}

export function usageOfAll(lines: readonly Used[]): Used {
  const all = nothing();
  for (const line of lines) {
    add(all, line);
    for (const [currency, amount] of line.costs) spend(all, { currency, amount });
  }
  return all;
}

/** "$1.25", "$1.25 + €0.40"; null where no agent has said. Of what is less than a cent, that it is. */
export function costText(costs: ReadonlyMap<string, number>, locale?: string): string | null {
  const known = [...costs].filter(([, amount]) => amount > 0);
  return known.length === 0
    ? null
    : known.map(([currency, amount]) => inMoney(currency, amount, locale)).join(' + ');
}

function inMoney(currency: string, amount: number, locale?: string): string {
  if (!/^[A-Z]{3}$/.test(currency)) return `${amount.toFixed(2)} ${currency}`;
  const format = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  });
  const least = 10 ** -(format.resolvedOptions().maximumFractionDigits ?? 2);
  return amount < least ? `< ${format.format(least)}` : format.format(amount);
}

/** "18,400", "1.25M". */
export const countText = (count: number, locale?: string): string =>
  new Intl.NumberFormat(
    locale,
    count < 100_000 ? {} : { notation: 'compact', maximumFractionDigits: 2 },
  ).format(count);

/** "85 ms", "1.4 s", "2 min 5 s". */
export function waitText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
