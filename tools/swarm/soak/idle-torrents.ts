import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTorrent, sha1 } from '@unchoke/mock-peer';
import { startMockTracker } from '@unchoke/mock-tracker';
import { forkSource } from './crowd.js';
import { scratchFolder } from './seeding.js';

/** What the process of the idle client is told. */
export interface IdleOrder {
  /** A folder of `.torrent` files. */
  readonly torrents: string;
  readonly path: string;
  readonly stateFolder: string;
  readonly trackers: readonly (readonly string[])[];
  readonly idleMs: number;
}

/** A whole process with Node and the loader of its TypeScript. */
export interface IdleLoad {
  /** Until all are added, one after the other, and verified. */
  readonly startS: number;
  /** Processor seconds of the whole process up to then: what a busy machine does not change. */
  readonly startCpuS: number;
  readonly seeding: number;
  readonly rssMiB: number;
  readonly rssMaxMiB: number;
  readonly listening: number;
  /** When nothing is to be done. */
  readonly cpuMsPerSecond: number;
  readonly closeS: number;
}

export interface IdleTorrents {
  /** Every file is hashed. */
  readonly first: IdleLoad;
  /** It remembers what was verified. */
  readonly again: IdleLoad;
}

const TORRENT_BYTES = 4 * 1_048_576;
const PIECE_LENGTH = 16_384;
const IDLE_MS = 20_000;

/** T17: so many torrents of 256 pieces and a tracker that nobody asks for. */
export async function loadIdle(count: number): Promise<IdleTorrents> {
  const folder = scratchFolder();
  const [torrents, path, stateFolder] = ['torrents', 'data', 'state'].map((name) => join(folder, name));
  const tracker = await startMockTracker({ intervalS: 1800, requestsKept: 0 });
  try {
    mkdirSync(torrents!);
    mkdirSync(path!);
    // Holes take no place, and are read like anything else.
    const piece = new Uint8Array(PIECE_LENGTH);
    const content = { length: TORRENT_BYTES, read: (_: number, length: number) => piece.subarray(0, length) };
    for (let index = 0; index < count; index++) {
      const name = `idle-${index}`;
      writeFileSync(join(torrents!, name), makeTorrent({ name, content, pieceLength: PIECE_LENGTH }, sha1));
      writeFileSync(join(path!, name), '');
      truncateSync(join(path!, name), TORRENT_BYTES);
    }
    const trackers = [[tracker.announceUrl], [tracker.udpUrl]];
    const order: IdleOrder = { torrents: torrents!, path: path!, stateFolder: stateFolder!, trackers, idleMs: IDLE_MS };
    return { first: await load(order), again: await load(order) };
  } finally {
    await tracker.close();
    rmSync(folder, { recursive: true });
  }
}

function load(order: IdleOrder): Promise<IdleLoad> {
  const child = forkSource('./idle-process.ts');
  return new Promise<IdleLoad>((resolve, reject) => {
    child.once('message', (message) => resolve(message as IdleLoad));
    child.once('exit', (code) => reject(new Error(`the client ended with ${code}`)));
    child.send(order);
  }).finally(() => child.kill('SIGKILL'));
}
