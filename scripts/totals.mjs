import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Totals
 */

/**
 * Every folder that has tests of its own: the packages and tools with a `test` script, and `scripts`, the tests of the
 * house itself. Each leaves the runner's own report in `.report/test.json`.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function testedFolders(root) {
  const workspaces = ['packages', 'tools'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  const tested = workspaces.filter((folder) => {
    const manifest = join(root, folder, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.test !== undefined;
  });
  return [...tested, 'scripts'];
}

/**
 * Adds up the reports. A report that is missing, unreadable or empty is a failure: a run that tested nothing must not
 * look like a run that found nothing.
 *
 * @param {string} root
 * @param {readonly string[]} folders
 * @returns {{ totals: Totals, rows: (Totals & { folder: string })[], problems: string[] }}
 */
export function addUp(root, folders) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  /** @type {(Totals & { folder: string })[]} */
  const rows = [];
  /** @type {string[]} */
  const problems = [];
  for (const folder of folders) {
    if (!hasReport(root, folder)) {
      problems.push(`${folder}: no report at .report/test.json; its tests did not run to the end`);
      continue;
    }
    const report = readReport(reportPath(root, folder));
    if (report === undefined) {
      problems.push(`${folder}: .report/test.json is not a report of vitest; delete it and run the tests again`);
      continue;
    }
    if (report.numTotalTests === 0) problems.push(`${folder}: the report shows no tests`);
    else if (report.success === false && report.numFailedTests === 0) {
      // A file that breaks while it loads has no tests to count, but the run is red.
      problems.push(`${folder}: a test file failed before its tests could run`);
    }
    const row = {
      folder,
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
    rows.push(row);
    totals.passed += row.passed;
    totals.failed += row.failed;
    totals.skipped += row.skipped;
  }
  return { totals, rows, problems };
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {boolean}
 */
export function hasReport(root, folder) {
  return existsSync(reportPath(root, folder));
}

/**
 * @param {Totals} totals
 * @returns {string}
 */
export function sentence(totals) {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`;
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string} the runner's own report
 */
export function reportPath(root, folder) {
  return join(root, folder, '.report', 'test.json');
}

/**
 * @param {string} path
 * @returns {{ numTotalTests: number, numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, success: boolean } | undefined}
 */
function readReport(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    const counts = ['numTotalTests', 'numPassedTests', 'numFailedTests', 'numPendingTests', 'numTodoTests'];
    return counts.every((name) => Number.isSafeInteger(report[name])) ? report : undefined;
  } catch {
    return undefined;
  }
}

// Called by itself: print the totals as the last line, exit 1 when anything failed or is missing.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = join(import.meta.dirname, '..');
  const { totals, problems } = addUp(root, testedFolders(root));
  for (const problem of problems) console.error(problem);
  console.log(sentence(totals));
  if (totals.failed > 0 || problems.length > 0) process.exitCode = 1;
}
