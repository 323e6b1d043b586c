import type { PieceIndex } from '../geometry.js';
import { type CheckProgress, checkPieces } from './check-pieces.js';
import { Disk, type DiskOptions } from './disk.js';
import { type StorageError, typed } from './errors.js';
import { letGo } from './let-go.js';
import { FLUSH_BYTES_DEFAULT, FLUSH_INTERVAL_MS_DEFAULT, RETRY_INTERVAL_MS_DEFAULT } from './limits.js';
import { lock, unlock } from './lock.js';
import { distrust, type Trust, trustOf } from './resume.js';
import { spaceProblem } from './space.js';
import { stateBytesMax } from './state-file.js';
import type { StatePlace } from './state-keeper.js';
import { Storage, type StorageListener } from './storage.js';
import { type Allocation, enterTorrent, type TorrentPlace, type TorrentTree } from './torrent-tree.js';

/** Everything about one torrent's files. */
export interface StorageOptions extends TorrentPlace, StorageListener {
  /** Threads and buffers to share with other storages; without one the storage has its own. */
  readonly disk?: Disk | DiskOptions;
  /** Where to remember what is verified; without it everything that exists is hashed at every start. */
  readonly state?: StatePlace;
  /** Default: sparse. */
  readonly allocation?: Allocation;
  /** `all` hashes everything that exists, whatever the state file says. Default: what changed. */
  readonly recheck?: 'changed' | 'all';
  /** Begins although the torrent needs more space than there is. */
  readonly ignoreSpace?: boolean;
  /** The state is saved after so many verified bytes, default 64 MiB … */
  readonly flushBytes?: number;
  /** … and so long after the first of them, default 2 s; 0: only when asked. */
  readonly flushIntervalMs?: number;
  /** How often a disk at fault is tried by itself, default 10 s; 0: only when asked. */
  readonly retryIntervalMs?: number;
  /** How far the check at the start is. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Ends the check at the start: `openStorage` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the files of a torrent: what the state file says is compared with the disk, what changed is hashed, what is
 * there is used. Nothing is created before there is something to write, but for the root and empty files.
 *
 * @example
 * ```ts
 * import { createHash, randomBytes } from 'node:crypto';
 * import { mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { Geometry } from '@unchoke/pieces';
 * import { openStorage } from '@unchoke/pieces/node';
 *
 * const root = mkdtempSync(join(tmpdir(), 'unchoke-'));
 * const content = randomBytes(10_000);
 * const geometry = new Geometry({ totalLength: content.length, pieceLength: 16_384 });
 * const files = [{ path: ['a'], offset: 0, length: 4_000 }, { path: ['b', 'c'], offset: 4_000, length: 6_000 }];
 * const digests = createHash('sha1').update(content).digest();
 * const storage = await openStorage({ root, files, geometry, hashes: { algorithm: 'sha1', digests } });
 * const piece = geometry.pieceAt(0)!;
 * storage.storeBlock(piece, 0, content); // 'stored'
 * (await storage.verifyPiece(piece)).isValid; // true
 * (await storage.read(piece, 100, 50)).length; // 50
 * await storage.close();
 * rmSync(root, { recursive: true });
 * ```
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const ownsDisk = !(options.disk instanceof Disk);
  const disk = options.disk instanceof Disk ? options.disk : new Disk(options.disk);
  const lockPath = options.state === undefined ? undefined : `${options.state.path}.lock`;
  let tree: TorrentTree | undefined;
  let isLocked = false;
  const unlockState = () => {
    if (isLocked) typed('unlock', lockPath!, () => unlock(disk.fileSystem, lockPath!));
  };
  try {
    if (lockPath !== undefined) typed('lock', lockPath, () => lock(disk.fileSystem, lockPath));
    isLocked = lockPath !== undefined;
    tree = await enterTorrent(disk, options, options.allocation ?? 'sparse', true);
    const trust = await loadTrust(disk, tree, options);
    const problem = await checkSuspects(disk, tree, trust, options);
    const storage = new Storage(partsOf(options, disk, ownsDisk, tree, trust, problem, unlockState));
    await storage.begin((file) => options.files[file]!.wanted !== false);
    return storage;
  } catch (error) {
    // What went wrong first is what the caller must know. A lock that stays names this process, which the next start
    // knows what to think of.
    await letGo({ disk, spec: tree?.spec, ownsDisk, unlock: unlockState }).catch(() => {});
    throw error;
  }
}

async function loadTrust(disk: Disk, tree: TorrentTree, { state, recheck }: StorageOptions): Promise<Trust> {
  if (state === undefined || recheck === 'all') return distrust('none', tree);
  const job = { type: 'load', path: state.path, bytesMax: stateBytesMax(tree.layout) } as const;
  return trustOf(await disk.run<'load'>(job), state.infoHash, tree);
}

/**
 * Hashes what is not known; what is good joins the verified pieces. A piece the device cannot read is missing, and told;
 * anything else a person can mend, so nothing is given up for it.
 */
async function checkSuspects(
  disk: Disk,
  tree: TorrentTree,
  trust: Trust,
  options: StorageOptions,
): Promise<StorageError | undefined> {
  const { signal, onProgress } = options;
  const onPiece = (piece: number, isGood: boolean) => void (isGood && trust.verified.add(piece as PieceIndex));
  const problem = await checkPieces({ disk, tree: tree.spec, pieces: trust.suspects, signal, onPiece, onProgress });
  signal?.throwIfAborted();
  if (problem !== undefined && problem.code !== 'io-failed') throw problem;
  return problem;
}

function partsOf(
  options: StorageOptions,
  disk: Disk,
  ownsDisk: boolean,
  tree: TorrentTree,
  trust: Trust,
  problem: StorageError | undefined,
  unlockState: () => void,
): ConstructorParameters<typeof Storage>[0] {
  const { outcome, changedFiles, suspects, verified } = trust;
  return {
    disk,
    ownsDisk,
    geometry: options.geometry,
    tree,
    verified,
    partials: trust.partials.filter(({ piece }) => !verified.has(piece)),
    resume: { outcome, changedFiles, checkedCount: suspects.length, problem },
    statePlace: options.state,
    spaceProblem: async (held) => (options.ignoreSpace === true ? undefined : spaceProblem(disk, tree, held)),
    flushBytes: options.flushBytes ?? FLUSH_BYTES_DEFAULT,
    flushIntervalMs: options.flushIntervalMs ?? FLUSH_INTERVAL_MS_DEFAULT,
    retryIntervalMs: options.retryIntervalMs ?? RETRY_INTERVAL_MS_DEFAULT,
    listener: options,
    unlock: unlockState,
  };
}
