// `npm test`: every suite of the workspace through turbo, then one line with the totals of all of them.
// Arguments go to turbo: `npm test -- --filter=@unchoke/wire`, `npm test -- --force`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { addUp, hasReport, reportPath, sentence, testedFolders } from './totals.mjs';
import { turbo } from './turbo.mjs';

const root = join(import.meta.dirname, '..');
const given = process.argv.slice(2);
// A filter asks for some packages; the house is about all of them.
const isPartial = given.some((argument) => argument.startsWith('--filter'));
const folders = testedFolders(root);

// Old reports must not be counted; turbo puts back those of the suites it does not need to run again.
for (const folder of folders) rmSync(reportPath(root, folder), { force: true });

console.log(`Running ${isPartial ? 'some' : folders.length} suites; what fails is shown in full.`);
const status = turbo([
  'run',
  'test',
  ...(isPartial ? [] : ['//#test:house']),
  // One red suite does not hide what the others found.
  '--continue=always',
  '--output-logs=errors-only',
  // As many suites at a time as there are processors: each brings workers and memory of its own.
  '--concurrency=100%',
  ...given,
]);

// With a filter, the others have no report and need none.
const expected = isPartial ? folders.filter((folder) => hasReport(root, folder)) : folders;
const { totals, problems, rows } = addUp(root, expected);
const width = Math.max(...rows.map(({ folder }) => folder.length));
console.log('');
for (const row of rows) console.log(`  ${row.folder.padEnd(width)}  ${sentence(row)}`);
console.log('');
for (const problem of problems) console.error(problem);
console.log(sentence(totals));
if (status !== 0 || totals.failed > 0 || problems.length > 0) process.exitCode = 1;
