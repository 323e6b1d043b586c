import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Known, knownFailures } from './scoreboard/known.js';
import { RIVALS, type Rival } from './scoreboard/subjects.js';
import { type Column, failures, type Report, remarks, table } from './scoreboard/table.js';

/*
 * Installs other people's programs in a temporary folder, judges them, and writes their part of docs/scoreboard.md:
 * `npm run scoreboard -w @unchoke/conformance`, or with `-- codec`, `-- tracker` or `-- client` only one of the tables.
 * A case that fails and is not among the known failures of its program is judged once more, alone; that verdict counts.
 * `--keep=folder` keeps the report of each program there, and takes what is there already: a run that was interrupted goes on.
 */

const PACKAGE = join(import.meta.dirname, '..');
const PAGE = join(PACKAGE, '..', '..', 'docs', 'scoreboard.md');
const KIT = [
  ...['--conditions=@unchoke/source', '--import', import.meta.resolve('tsx')],
  join(PACKAGE, 'src', 'cli.ts'),
];
/** Cases mostly wait; what is spoiled by the load of others is judged again. */
const JOBS = 8;
const CLIENTS = 2;

const kept = process.argv.find((text) => text.startsWith('--keep='))?.slice('--keep='.length);
const asked = process.argv.slice(2).filter((text) => !text.startsWith('--'));
const kinds = (['codec', 'tracker', 'client'] as const).filter((kind) => asked.length === 0 || asked.includes(kind));
const folder = mkdtempSync(join(tmpdir(), 'unchoke-scoreboard-'));
const reports = kept === undefined ? join(folder, 'reports') : resolve(process.env['INIT_CWD'] ?? '.', kept);
mkdirSync(reports, { recursive: true });
try {
  cpSync(join(PACKAGE, 'shims'), folder, { recursive: true });
  prepare(RIVALS.filter(({ kind }) => kinds.includes(kind)));
  for (const kind of kinds)
    await writeSection(
      kind,
      RIVALS.filter((rival) => rival.kind === kind),
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Without install scripts: nothing that is judged here needs them. */
function prepare(rivals: readonly Rival[]): void {
  const overrides = { 'webrtc-polyfill': 'file:./no-webrtc' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, overrides }));
  // Browsers' transport needs a native add-on that npm does not carry; over TCP nobody misses it.
  const noWebrtc = join(folder, 'no-webrtc');
  mkdirSync(noWebrtc);
  writeFileSync(
    join(noWebrtc, 'package.json'),
    JSON.stringify({ name: 'webrtc-polyfill', version: '1.99.0', type: 'module', exports: './index.js' }),
  );
  const names = ['RTCPeerConnection', 'RTCSessionDescription', 'RTCIceCandidate'];
  writeFileSync(join(noWebrtc, 'index.js'), names.map((name) => `export const ${name} = undefined;\n`).join(''));
  const packages = rivals.flatMap((rival) => rival.packages);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages];
  if (packages.length > 0) execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const { prepared } of rivals) prepared?.();
}

async function writeSection(kind: Rival['kind'], rivals: readonly Rival[]): Promise<void> {
  const columns: Column[] = [];
  const queue = [...rivals.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [i, rival] = next;
      const known = knownFailures(rival.name);
      const report = await judge(rival, known);
      columns[i] = { title: kind === 'client' ? (report.subject ?? rival.name) : rival.title(folder), report, known };
    }
  };
  // Trackers share a port.
  await Promise.all(Array.from({ length: kind === 'client' ? CLIENTS : 1 }, work));
  const { startedAt } = columns[0]!.report;
  const run = `\`npm run scoreboard -w @unchoke/conformance -- ${kind}\``;
  const head = `Judged ${startedAt.slice(0, 10)} with Node ${process.version}, the full profile, ${JOBS} cases at a time: ${run}.`;
  const section = [head, table(columns), ...remarks(columns), ...failures(columns)].join('\n\n');
  const [before, after] = [`<!-- ${kind} -->\n`, `<!-- /${kind} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(before), page.indexOf(after)];
  if (start === -1 || end === -1) throw new Error(`${PAGE} has no place for ${kind}: ${before.trim()} … ${after}`);
  writeFileSync(PAGE, `${page.slice(0, start + before.length)}${section}\n${page.slice(end)}`);
}

async function judge(rival: Rival, known: readonly Known[]): Promise<Report> {
  const path = join(reports, `${rival.kind}-${rival.name.replaceAll('/', '-')}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const first = await runKit(rival, ['--jobs', String(JOBS)]);
  const isKnown = (id: string): boolean => known.some(({ matches }) => matches(id));
  const unexpected = first.results.filter(({ id, verdict }) => hasFailed(verdict) && !isKnown(id));
  // What a codec makes of bytes is the same every time.
  const failed = rival.kind === 'codec' ? [] : unexpected.map(({ id }) => id);
  const alone = ['--jobs', '1', ...failed.flatMap((id) => ['--only', id])];
  const second = failed.length === 0 ? [] : (await runKit(rival, alone)).results;
  // Whoever did not answer in time looks as if it had nothing to offer: that takes no failure back.
  const judged = second.filter(({ verdict }) => verdict !== 'not-applicable');
  const results = first.results.map((row) => judged.find(({ id }) => id === row.id) ?? row);
  const report = { ...first, results, again: failed };
  writeFileSync(path, JSON.stringify(report));
  return report;
}

async function runKit(rival: Rival, more: readonly string[]): Promise<Report> {
  const path = join(folder, `${rival.kind}-${rival.name.replaceAll('/', '-')}.json`);
  rmSync(path, { force: true });
  const transcripts = join(reports, `${rival.kind}-${rival.name.replaceAll('/', '-')}`);
  const options = ['--profile', 'full', ...more, '--transcripts', transcripts];
  const args = [
    ...KIT,
    ...rival.args(folder),
    ...options,
    '--reporter',
    `json=${path}`,
    '--reporter',
    `human=${path}.txt`,
  ];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  process.stdout.write(
    `${rival.name}: ${readFileSync(`${path}.txt`, 'utf8').trim().split('\n').at(-1)} (exit code ${code})\n`,
  );
  return JSON.parse(readFileSync(path, 'utf8'));
}

function hasFailed(verdict: string): boolean {
  return verdict !== 'pass' && verdict !== 'not-applicable';
}
