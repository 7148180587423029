/** The rows of a bench run: DESIGN.md section 9, each against its budget. */
import { writeFileSync } from 'node:fs';

export interface Row {
  name: string;
  unit: string;
  /** The same thing with a plain ssh2 client on the same sshd in the same run; null where there is no such thing. */
  floor: number | null;
  value: number;
  /** value ÷ floor. */
  ratio: number | null;
  budget: string;
  ok: boolean;
}

type Budget = { atMost: number } | { atLeast: number };

/** The budget is on the ratio where there is a floor, on the value otherwise. */
export function row(name: string, unit: string, floor: number | null, value: number, budget: Budget): Row {
  const ratio = floor === null ? null : value / floor;
  const measured = ratio ?? value;
  const ok = 'atMost' in budget ? measured <= budget.atMost : measured >= budget.atLeast;
  const bound = 'atMost' in budget ? `≤ ${budget.atMost}` : `≥ ${budget.atLeast}`;
  return { name, unit, floor, value, ratio, budget: `${bound}${ratio === null ? ` ${unit}` : '×'}`, ok };
}

const digits = (value: number | null) =>
  value === null ? '' : value >= 100 ? value.toFixed(0) : value.toFixed(2);

export function print(rows: readonly Row[]): void {
  const lines = [
    ['', 'what', 'floor', 'value', 'unit', 'ratio', 'budget'],
    ...rows.map((r) => [
      r.ok ? '✓' : '✗',
      r.name,
      digits(r.floor),
      digits(r.value),
      r.unit,
      digits(r.ratio),
      r.budget,
    ]),
  ];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of lines) console.log(line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
}

export function save(file: string, rows: readonly Row[]): void {
  writeFileSync(file, `${JSON.stringify({ rows }, null, 2)}\n`);
}
