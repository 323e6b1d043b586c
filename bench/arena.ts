import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTorrent } from '@unchoke/metainfo/node';
import { Tracker } from './tracker.js';

const TRACKER_PORT = 6969;
const FIRST_PORT = 21_000;
const HOST_COUNT = 32;
/** Says that this process was started again, among hosts. */
const IN_HOSTS = '--in-hosts';

/** Something to transfer. */
export interface Content {
  readonly name: string;
  /** The folder that it is in. */
  readonly folder: string;
  readonly torrent: string;
  readonly bytes: number;
  readonly pieceHashes: string;
}

/**
 * The place of all runs: a folder on a memory disk where there is one, a tracker, and hosts with addresses of their own. Those
 * exist in a network namespace, because many programs never dial 127.0.0.0/8.
 */
export class Arena {
  readonly folder: string;
  readonly tracker: Tracker;
  /** Without a namespace there is one host, and programs that avoid it are left out. */
  readonly hasHosts: boolean;
  #ports = 0;
  #runs = 0;

  private constructor(folder: string, tracker: Tracker, hasHosts: boolean) {
    this.folder = folder;
    this.tracker = tracker;
    this.hasHosts = hasHosts;
  }

  static async open(): Promise<Arena> {
    const hasHosts = process.argv.includes(IN_HOSTS);
    const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'unchoke-bench-'));
    const address = addressOf(0, hasHosts);
    const tracker = await Tracker.open(address, TRACKER_PORT, (port) => addressOf(port - FIRST_PORT, hasHosts));
    return new Arena(folder, tracker, hasHosts);
  }

  close(): void {
    this.tracker.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A host of its own, as far as there are hosts. */
  nextHost(): { readonly address: string; readonly port: number } {
    const index = this.#ports++ % 2_000;
    return { address: addressOf(index, this.hasHosts), port: FIRST_PORT + index };
  }

  nextFolder(name: string): string {
    const folder = join(this.folder, `${name}-${++this.#runs}`);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Files of random bytes and their torrent. One file is named as the torrent. */
  async content(name: string, fileLengths: readonly number[], pieceLength: number): Promise<Content> {
    const folder = join(this.folder, 'content');
    const path = join(folder, name);
    const part = new Uint8Array(Math.min(2 ** 24, Math.max(...fileLengths)));
    for (const [index, length] of fileLengths.entries()) {
      writeRandom(fileLengths.length === 1 ? path : join(path, `${index % 20}`, `file-${index}`), length, part);
    }
    const announce = `http://${addressOf(0, this.hasHosts)}:${TRACKER_PORT}/announce`;
    const trackerTiers = [[announce]];
    const { bytes, metainfo } = await createTorrent(path, { pieceLength, trackerTiers, creationDate: undefined });
    const torrent = join(this.folder, `${name}-${pieceLength}.torrent`);
    writeFileSync(torrent, bytes);
    writeFileSync(`${torrent}.hashes`, metainfo.pieceHashes!);
    const total = fileLengths.reduce((sum, length) => sum + length, 0);
    return { name, folder, torrent, bytes: total, pieceHashes: `${torrent}.hashes` };
  }

  drop(content: Content): void {
    rmSync(join(content.folder, content.name), { recursive: true, force: true });
  }

  /** Slows all lines of the hosts down, with loss; a sentence where the machine does not allow it. */
  worsen(delayMs: number, lossPercent: number): string | undefined {
    if (!this.hasHosts) return 'skipped: it takes a network namespace';
    const netem = ['netem', 'delay', `${delayMs}ms`, 'loss', `${lossPercent}%`, 'limit', '100000'];
    const added = spawnSync('tc', ['qdisc', 'add', 'dev', 'lo', 'root', ...netem], { encoding: 'utf8' });
    if (added.status !== 0) return 'skipped: the kernel here has no netem (`tc qdisc add … netem` fails)';
    // As on a cable: no packets of 64 KiB, of which one lost would be forty.
    spawnSync('ip', ['link', 'set', 'dev', 'lo', 'mtu', '1500', 'gso_max_segs', '1']);
    return undefined;
  }

  mend(): void {
    spawnSync('tc', ['qdisc', 'del', 'dev', 'lo', 'root'], { stdio: 'ignore' });
    spawnSync('ip', ['link', 'set', 'dev', 'lo', 'mtu', '65536', 'gso_max_segs', '65535']);
  }

  /** A small C program of `native/`, compiled for this run; undefined, with the reason, where that cannot be done. */
  compile(name: string, ...libraries: readonly string[]): string | undefined {
    const target = join(this.folder, name);
    if (existsSync(target)) return target;
    const source = fileURLToPath(new URL(`native/${name}.c`, import.meta.url));
    const { status } = spawnSync('cc', ['-O2', '-o', target, source, ...libraries], { stdio: 'ignore' });
    return status === 0 ? target : undefined;
  }
}

/** Runs this program again where it has hosts of its own: a network namespace with many addresses on its loopback device. */
export function enterHosts(): number | undefined {
  if (process.argv.includes(IN_HOSTS)) return undefined;
  const add = `for i in $(seq ${HOST_COUNT}); do ip address add 10.77.0.$i/32 dev lo || exit 99; done`;
  const script = `ip link set lo up && { ${add}; } && exec "$0" "$@"`;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1), IN_HOSTS];
  const probe = spawnSync('unshare', ['--net', 'sh', '-c', `ip link set lo up && { ${add}; }`], { stdio: 'ignore' });
  if (probe.status !== 0) {
    console.log('no network namespace here (it takes Linux, iproute2 and root): one host, and no transmission');
    return undefined;
  }
  return spawnSync('unshare', ['--net', 'sh', '-c', script, ...again], { stdio: 'inherit' }).status ?? 1;
}

function addressOf(index: number, hasHosts: boolean): string {
  return hasHosts ? `10.77.0.${1 + (index % HOST_COUNT)}` : '127.0.0.1';
}

function writeRandom(path: string, length: number, part: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) return;
  const file = openSync(path, 'wx');
  for (let left = length; left > 0; left -= part.length) {
    writeSync(file, randomFillSync(part).subarray(0, Math.min(left, part.length)));
  }
  closeSync(file);
}
