import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTorrent } from '@unchoke/metainfo/node';
import { note } from './measured.js';
import { Tracker } from './tracker.js';

const TRACKER_PORT = 6969;
const FIRST_PORT = 21_000;
const HOST_COUNT = 32;
/** The hosts from here on are behind the slow line, while there is one. */
const FIRST_FAR = 16;
/** The network namespace behind the slow line. */
const FAR = `unchoke-bench-${process.pid}`;
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

/** Where a program listens. */
export interface Host {
  readonly address: string;
  readonly port: number;
  /** The network namespace that it lives in, when that is not this one. */
  readonly namespace: string | undefined;
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
  #line: ChildProcess | undefined;

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
    if (this.#line !== undefined) spawnSync('ip', ['netns', 'delete', FAR]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A host of its own, as far as there are hosts; at this end of the slow line or at the other. */
  nextHost(isFar = false): Host {
    let index: number;
    do index = this.#ports++ % 2_000;
    while (this.#line !== undefined && isBehindLine(index) !== isFar);
    const namespace = this.#line !== undefined && isFar ? FAR : undefined;
    return { address: addressOf(index, this.hasHosts), port: FIRST_PORT + index, namespace };
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

  /** Puts half of the hosts behind a line that is slow, and loses packets; a sentence where the machine does not allow it. */
  async worsen(delayMs: number, lossPercent: number): Promise<string | undefined> {
    if (!this.hasHosts) return 'skipped: it takes a network namespace';
    const program = this.compile('../../tools/interop/native/slow-line');
    if (program === undefined) return 'skipped: tools/interop/native/slow-line.c does not compile here';
    ip('netns', 'add', FAR);
    const args = [`${delayMs}`, `${lossPercent}`, '/proc/self/ns/net', `/run/netns/${FAR}`];
    const line = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    note(line);
    const isThere = await Promise.race([
      once(line.stdout, 'data').then(() => true),
      once(line, 'exit').then(() => false),
    ]);
    if (!isThere) {
      ip('netns', 'delete', FAR);
      return 'skipped: this machine lets nobody make a tun device';
    }
    this.#line = line;
    ip('link', 'set', 'slow', 'up', 'txqueuelen', '10000');
    // libtorrent talks to neighbours only where there is no way to the rest of the world.
    ip('route', 'add', 'default', 'dev', 'slow');
    ip('-n', FAR, 'link', 'set', 'lo', 'up');
    ip('-n', FAR, 'link', 'set', 'slow', 'up', 'txqueuelen', '10000');
    ip('-n', FAR, 'route', 'add', 'default', 'dev', 'slow');
    for (const address of farAddresses()) {
      ip('address', 'delete', `${address}/32`, 'dev', 'lo');
      ip('route', 'add', `${address}/32`, 'dev', 'slow');
      ip('-n', FAR, 'address', 'add', `${address}/32`, 'dev', 'slow');
    }
    return undefined;
  }

  async mend(): Promise<void> {
    const line = this.#line;
    if (line === undefined) return;
    this.#line = undefined;
    const ended = once(line, 'exit');
    line.kill('SIGKILL');
    await ended;
    ip('netns', 'delete', FAR);
    for (const address of farAddresses()) ip('address', 'add', `${address}/32`, 'dev', 'lo');
  }

  /** A small C program of `native/`, compiled for this run; undefined, with the reason, where that cannot be done. */
  compile(name: string, ...libraries: readonly string[]): string | undefined {
    const target = join(this.folder, basename(name));
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

function isBehindLine(index: number): boolean {
  return index % HOST_COUNT >= FIRST_FAR;
}

function farAddresses(): readonly string[] {
  return Array.from({ length: HOST_COUNT - FIRST_FAR }, (_, index) => addressOf(FIRST_FAR + index, true));
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
