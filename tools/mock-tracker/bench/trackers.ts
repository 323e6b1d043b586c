import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A tracker under load, in a process of its own. */
export interface Tracker {
  readonly name: string;
  readonly port: number;
  /** opentracker closes every connection behind its answer. */
  readonly keepsAlive: boolean;
  /** Processor time of all its threads so far. */
  cpuMs(): number;
  close(): void;
}

const folder = mkdtempSync(join(tmpdir(), 'unchoke-bench-'));
const RIVAL = 'bittorrent-tracker@11.2.3';

/** Starts every tracker there is; says which one is not. */
export async function startTrackers(infoHashes: readonly string[]): Promise<readonly Tracker[]> {
  const trackers = [await startOurs()];
  const rival = await startRival();
  if (rival !== undefined) trackers.push(rival);
  const opentracker = await startOpentracker(infoHashes);
  if (opentracker !== undefined) trackers.push(opentracker);
  return trackers;
}

export function removeTemporaryFiles(): void {
  rmSync(folder, { recursive: true, force: true });
}

async function startOurs(): Promise<Tracker> {
  const cli = new URL('../src/cli.ts', import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    ['--conditions=@unchoke/source', '--import', 'tsx', cli, '--port', '0', '--json', '--interval', '600'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const { port } = JSON.parse(await firstLine(child)) as { port: number };
  return running('@unchoke/mock-tracker', port, true, child);
}

async function startRival(): Promise<Tracker | undefined> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  // Its install scripts fetch what only its WebSocket half needs.
  const installed = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', RIVAL], {
    cwd: folder,
  });
  if (installed.status !== 0) {
    console.log(`skipped: npm cannot install ${RIVAL}`);
    return undefined;
  }
  const port = await freePort();
  // The package's main entry needs a native WebRTC module; the server alone does not.
  writeFileSync(
    join(folder, 'server.js'),
    `import Server from 'bittorrent-tracker/server';
const server = new Server({ http: true, udp: true, ws: false, stats: false });
server.on('error', (error) => console.error(error)).on('warning', () => {});
server.listen(${port}, { http: '127.0.0.1', udp: '127.0.0.1', udp6: '::1' }, () => console.log('ready'));`,
  );
  const child = spawn(process.execPath, ['server.js'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  await firstLine(child);
  return running(RIVAL.replace('@', ' '), port, true, child);
}

/** Debian builds it with a list of allowed hashes only. It drops its rights, so it has to reach the list afterwards. */
async function startOpentracker(infoHashes: readonly string[]): Promise<Tracker | undefined> {
  if (spawnSync('sh', ['-c', 'command -v opentracker']).status !== 0) {
    console.log('skipped: opentracker is not installed (Debian: apt-get install opentracker)');
    return undefined;
  }
  const home = mkdtempSync(join(tmpdir(), 'unchoke-bench-opentracker-'));
  spawnSync('chmod', ['755', home]);
  writeFileSync(join(home, 'whitelist'), `${infoHashes.join('\n')}\n`, { mode: 0o644 });
  const port = await freePort();
  const options = ['-i', '127.0.0.1', '-p', `${port}`, '-P', `${port}`, '-d', home, '-w', 'whitelist'];
  const child = spawn('opentracker', options, { stdio: 'ignore' });
  child.once('exit', () => rmSync(home, { recursive: true, force: true }));
  await new Promise((resolve) => setTimeout(resolve, 500));
  return running('opentracker (Debian)', port, false, child);
}

function running(name: string, port: number, keepsAlive: boolean, child: ChildProcess): Tracker {
  return { name, port, keepsAlive, cpuMs: () => cpuMsOf(child.pid!), close: () => void child.kill('SIGKILL') };
}

/** Linux: fields 14 and 15 of /proc/pid/stat, in hundredths of a second. The name before them may hold spaces. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => reject(new Error(`a tracker ended with status ${code}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
