// How many tests passed, failed and were skipped, read from the reports of vitest and Playwright.
// Invariant: a report that is missing, unreadable, or milder than the exit code counts as a failure.
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @type {() => Counts} */
export const none = () => ({ passed: 0, failed: 0, skipped: 0 });

/** @type {(a: Counts, b: Counts) => Counts} */
export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** @type {(counts: Counts) => string} */
export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** What a machine reads: exactly this, whatever was skipped. @type {(counts: Counts) => string} */
export function lastLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}

/**
 * @param {string} file where the runner was told to write its report
 * @param {number} exitCode what the runner said
 * @param {(report: any) => Counts} read
 * @returns {Counts}
 */
export function countReport(file, exitCode, read) {
  const counts = readReport(file, read);
  if (!counts) return { ...none(), failed: 1 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function readReport(file, read) {
  if (!existsSync(file)) return undefined;
  try {
    return read(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A file that failed without a failing test broke while it was loaded: one failure. @param {any} report */
export function countVitest(report) {
  const counts = none();
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map((test) => test.status);
    const failed = statuses.filter((status) => status === 'failed').length;
    counts.passed += statuses.filter((status) => status === 'passed').length;
    counts.failed += file.status === 'failed' ? Math.max(failed, 1) : failed;
    counts.skipped += statuses.filter((status) => status !== 'passed' && status !== 'failed').length;
  }
  return counts;
}

/** A flaky test passed in the end; an error outside any test is one failure each. @param {any} report */
export function countPlaywright({ stats, errors }) {
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + (errors ?? []).length,
    skipped: stats.skipped,
  };
}
