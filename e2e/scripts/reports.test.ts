import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { add, countPlaywright, countReport, countVitest, line, none } from './reports.mjs';

const folder = mkdtempSync(join(tmpdir(), 'porthole-reports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(report: unknown): string {
  const file = join(folder, `${Math.random()}.json`);
  writeFileSync(file, typeof report === 'string' ? report : JSON.stringify(report));
  return file;
}

const vitestReport = (...files: { status: string; tests: string[] }[]) => ({
  testResults: files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((status) => ({ status })),
  })),
});

describe('counting vitest reports', () => {
  it('counts tests by what became of them', () => {
    const report = vitestReport(
      { status: 'passed', tests: ['passed', 'passed', 'skipped', 'todo', 'pending'] },
      { status: 'failed', tests: ['passed', 'failed', 'failed'] },
    );
    expect(countVitest(report)).toEqual({ passed: 3, failed: 2, skipped: 3 });
  });

  it('counts a file that broke while it was loaded as one failure', () => {
    expect(countVitest(vitestReport({ status: 'failed', tests: [] })).failed).toBe(1);
  });
});

describe('counting Playwright reports', () => {
  it('counts a flaky test as passed and an error outside tests as failed', () => {
    const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 2 };
    expect(countPlaywright({ stats, errors: [{}] })).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });
});

describe('a report that cannot be believed', () => {
  const passing = vitestReport({ status: 'passed', tests: ['passed'] });

  it('is a failure when it is missing', () => {
    expect(countReport(join(folder, 'none.json'), 0, countVitest).failed).toBe(1);
  });

  it('is a failure when it is cut short or of another shape', () => {
    expect(countReport(written('{"testRes'), 0, countVitest).failed).toBe(1);
    expect(countReport(written({}), 0, countVitest).failed).toBe(1);
  });

  it('is a failure when it shows none but the runner failed', () => {
    expect(countReport(written(passing), 1, countVitest)).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(countReport(written(passing), 0, countVitest)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });
});

describe('the last line', () => {
  it('names what was skipped only when something was', () => {
    const some = { passed: 2, failed: 0, skipped: 0 };
    expect(line(some)).toBe('2 passed, 0 failed');
    expect(line(add(some, { ...none(), skipped: 1 }))).toBe('2 passed, 0 failed, 1 skipped');
  });
});
