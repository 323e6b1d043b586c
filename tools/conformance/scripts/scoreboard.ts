import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RIVALS, type Rival } from './scoreboard/subjects.js';
import { type Report, table } from './scoreboard/table.js';

/*
 * Installs other people's codecs and trackers in a temporary folder, judges them, and writes their part of
 * docs/scoreboard.md: `npm run scoreboard -w @unchoke/conformance`, or with `-- codec`, `-- tracker` or `-- client` only one
 * of the tables. `--reports=folder` takes the JSON reports that lie there, named after their programs, instead of judging.
 */

const PACKAGE = join(import.meta.dirname, '..');
const PAGE = join(PACKAGE, '..', '..', 'docs', 'scoreboard.md');

const reports = process.argv.find((text) => text.startsWith('--reports='))?.slice('--reports='.length);
const asked = process.argv.slice(2).filter((text) => !text.startsWith('--'));
const kinds = (['codec', 'tracker', 'client'] as const).filter((kind) => asked.length === 0 || asked.includes(kind));
const folder = mkdtempSync(join(tmpdir(), 'unchoke-scoreboard-'));
try {
  cpSync(join(PACKAGE, 'shims'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const rivals = RIVALS.filter(({ kind }) => kinds.includes(kind));
  install(rivals.flatMap(({ packages }) => packages));
  for (const kind of kinds)
    writeSection(
      kind,
      rivals.filter((rival) => rival.kind === kind),
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Without install scripts: nothing that is judged here needs them. */
function install(packages: readonly string[]): void {
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages];
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

function writeSection(kind: Rival['kind'], rivals: readonly Rival[]): void {
  const columns = rivals.flatMap((rival) => {
    const report = reports === undefined ? judge(rival) : reported(rival, reports);
    if (report === undefined) return [];
    return [{ title: kind === 'client' ? (report.subject ?? rival.title(folder)) : rival.title(folder), report }];
  });
  const { startedAt } = columns[0]!.report;
  const section = `Judged ${startedAt.slice(0, 10)} with Node ${process.version}: \`npm run scoreboard -w @unchoke/conformance -- ${kind}\`.\n\n${table(columns)}\n`;
  const [before, after] = [`<!-- ${kind} -->\n`, `<!-- /${kind} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(before), page.indexOf(after)];
  if (start === -1 || end === -1) throw new Error(`${PAGE} has no place for ${kind}: ${before.trim()} … ${after}`);
  writeFileSync(PAGE, page.slice(0, start + before.length) + section + page.slice(end));
}

/** Programs without a report are left out. */
function reported(rival: Rival, from: string): Report | undefined {
  const path = join(from, `${rival.title(folder)}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function judge(rival: Rival): Report {
  const path = join(folder, 'report.json');
  rmSync(path, { force: true });
  const kit = ['--conditions=@unchoke/source', '--import', 'tsx', join(PACKAGE, 'src', 'cli.ts')];
  const profile = rival.kind === 'client' ? 'quick' : 'full';
  const options = ['--profile', profile, '--jobs', '4', '--reporter', `json=${path}`];
  const { status } = spawnSync(process.execPath, [...kit, ...rival.args(folder), ...options], { stdio: 'inherit' });
  process.stdout.write(`${rival.title(folder)}: status ${status}\n`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
