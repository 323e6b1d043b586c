import type { Obstacle } from '@unchoke/pieces';
import type { TrackerStatus } from '@unchoke/tracker';
import type { PeerAddress } from './address-book.js';
import type { Downloads } from './downloads.js';
import type { PeerKey } from './events.js';
import type { Scene } from './scene.js';
import type { SeedGoal } from './seed-goal.js';
import type { Uploads } from './uploads.js';

/**
 * One connection, for people to look at.
 *
 * @example
 * ```ts
 * import type { PeerStatus } from '@unchoke/client';
 *
 * const isUseful = ({ downloadRate, uploadRate }: PeerStatus) => downloadRate + uploadRate > 0;
 * console.assert(typeof isUseful === 'function');
 * ```
 */
export interface PeerStatus {
  readonly key: PeerKey;
  readonly address: PeerAddress;
  /** As it said in its handshake; empty before that. */
  readonly peerId: Uint8Array;
  readonly clientName: string;
  readonly isConnected: boolean;
  readonly weChoke: boolean;
  readonly theyChoke: boolean;
  readonly weWant: boolean;
  readonly theyWant: boolean;
  /** It was asked for blocks and sends none. */
  readonly isStalled: boolean;
  /** Bytes a second of blocks. */
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly received: number;
  readonly sent: number;
}

/**
 * How a torrent stands.
 *
 * @example
 * ```ts
 * import type { TorrentStatus } from '@unchoke/client';
 *
 * const part = ({ haveCount, pieceCount }: TorrentStatus) => haveCount / pieceCount;
 * console.assert(typeof part === 'function');
 * ```
 */
export interface TorrentStatus {
  /** A client also knows torrents that a person has paused, that wait for their turn, and those whose files are looked at. */
  readonly state: 'stopped' | 'paused' | 'queued' | 'checking' | 'downloading' | 'seeding';
  readonly pieceCount: number;
  readonly haveCount: number;
  /** Pieces that nobody selected, and that are not here. With all others here the torrent is complete as far as it is wanted. */
  readonly unwantedCount: number;
  /** The verified pieces, as on the wire (BEP 3): one bit each, the first in the highest bit of the first byte. */
  readonly have: Uint8Array;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly wastedBytes: number;
  /** Bytes given for each byte taken, and how long it was seeded; over all runs, when they are remembered. */
  readonly ratio: number;
  readonly seedingMs: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
  readonly peers: readonly PeerStatus[];
  readonly trackers: readonly TrackerStatus[];
  /** Why it is not complete, or not faster, in a sentence; empty when nothing is in its way. */
  readonly why: string;
}

/** Looks at everything: for people, a few times a second. */
export function describeStatus(
  scene: Scene,
  downloads: Downloads,
  uploads: Uploads,
  trackers: readonly TrackerStatus[],
  goal: SeedGoal,
  isRunning: boolean,
  isPaused: boolean,
): TorrentStatus {
  const { picker, nowMs } = scene;
  const peers = [...scene.peers.values()].map(
    ({ key, address, peerId, clientName, isConnected, link, stalledSinceMs, received, sent }): PeerStatus => ({
      key,
      address,
      peerId,
      clientName,
      isConnected,
      weChoke: link.local.choking,
      theyChoke: link.remote.choking,
      weWant: link.local.interested,
      theyWant: link.remote.interested,
      isStalled: stalledSinceMs !== undefined,
      downloadRate: received.perSecond(nowMs),
      uploadRate: sent.perSecond(nowMs),
      received: received.total,
      sent: sent.total,
    }),
  );
  return {
    state: isRunning ? (picker.isComplete ? 'seeding' : 'downloading') : 'stopped',
    pieceCount: scene.geometry.pieceCount,
    haveCount: picker.counts.have,
    unwantedCount: picker.counts.unwanted,
    have: picker.have.toWire(),
    receivedBytes: downloads.receivedBytes,
    sentBytes: uploads.sentBytes,
    wastedBytes: downloads.wastedBytes,
    ratio: goal.ratio,
    seedingMs: goal.recordAt(nowMs).seedingMs,
    downloadRate: sumOf(peers, ({ downloadRate }) => downloadRate),
    uploadRate: sumOf(peers, ({ uploadRate }) => uploadRate),
    peers,
    trackers,
    why: isRunning ? whyNotFaster(scene, downloads, uploads, trackers) : isPaused ? 'paused' : '',
  };
}

function whyNotFaster(
  scene: Scene,
  downloads: Downloads,
  uploads: Uploads,
  trackers: readonly TrackerStatus[],
): string {
  if (scene.picker.isComplete) return uploads.isHeldBack ? limitedByYou(uploads.limit.perSecond) : '';
  if (scene.stall !== undefined) return `the disk is in the way: ${scene.stall}`;
  const { counts } = scene.picker;
  if (counts.missing + counts.partial === 0)
    return counts.verifying === 1 ? 'checking the last piece' : `checking the last ${counts.verifying} pieces`;
  const connected = [...scene.peers.values()].filter(({ isJoined }) => isJoined);
  if (connected.length === 0) return noPeers(scene, trackers);
  const isChoked = connected.every(({ link }) => link.remote.choking);
  // What a limit holds back while all choke us is a piece or two that is allowed fast: not what keeps us.
  if (downloads.isHeldBack && !isChoked) return limitedByYou(downloads.limit.perSecond);
  const obstacles = scene.picker.standsBetween();
  const missing = obstacles.find(({ type }) => type === 'held-by-nobody');
  if (missing !== undefined) return `${listPieces(missing)} held by nobody who is connected`;
  if (isChoked) return 'all peers choke us: waiting for a slot';
  const choked = obstacles.find(({ type }) => type === 'held-by-choking');
  if (choked !== undefined) return `${listPieces(choked)} held only by peers that choke us`;
  if (connected.some(({ stalledSinceMs }) => stalledSinceMs !== undefined)) return 'peers were asked and send nothing';
  const isAsking = connected.some(({ key }) => scene.picker.requestCountOf(key) > 0);
  if (!isAsking && connected.some(({ askAgainMs }) => askAgainMs < Number.POSITIVE_INFINITY))
    return 'peers refuse what is asked of them';
  return '';
}

function limitedByYou(perSecond: number): string {
  // As people give it: 500K and 2M are powers of 1024.
  const [amount, unit] = perSecond < 1_048_576 ? [perSecond / 1024, 'KiB'] : [perSecond / 1_048_576, 'MiB'];
  return `limited by you: ${Math.round(amount * 10) / 10} ${unit}/s`;
}

function noPeers(scene: Scene, trackers: readonly TrackerStatus[]): string {
  if (scene.peers.size > 0) return 'connecting to peers';
  const problem = trackers.find((tracker) => tracker.problem !== undefined);
  if (problem !== undefined) return `no peers: the tracker ${problem.url} says ${problem.problem}`;
  return trackers.length === 0 ? 'no peers, and no tracker to ask for them' : 'no peers yet';
}

function listPieces({ pieces, pieceCount }: Obstacle): string {
  const more = pieceCount > pieces.length ? ` and ${pieceCount - pieces.length} more` : '';
  const few = pieces.slice(0, 5);
  const rest = pieces.length > few.length ? ` and ${pieceCount - few.length} more` : more;
  return `${pieceCount === 1 ? 'piece' : 'pieces'} ${few.join(', ')}${rest} ${pieceCount === 1 ? 'is' : 'are'}`;
}

function sumOf<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((sum, item) => sum + amount(item), 0);
}
