import { randomBytes } from 'node:crypto';
import type { Behaviour } from '../behaviour.js';
import { checkBehaviour } from '../behaviour-check.js';
import { concat, fromLatin1 } from '../bytes.js';
import { type Content, memoryStore, type Store } from '../content.js';
import { MockPeerError } from '../errors.js';
import type { LinkNotice, PeerAddress } from '../events.js';
import { Holdings } from '../holdings.js';
import { SeededRandom } from '../random.js';
import { type MockTorrent, readTorrent } from '../torrent.js';
import { sha1 } from './sha1.js';
import type { SinkOptions } from './sinks.js';

/**
 * What a mock peer is told at its start.
 *
 * @example
 * const { torrent, content } = randomTorrent('1MiB:42');
 * const options = { torrent, content, port: 0, log: '/tmp/wire.jsonl', behaviour: bundledBehaviour('never-unchoke') };
 * const seed = await startMockPeer(options);
 */
export interface MockPeerOptions extends SinkOptions {
  /** The bytes of a .torrent, or one that was read before and is shared by many peers. */
  readonly torrent: MockTorrent | Uint8Array;
  /** Default `seed`. */
  readonly role?: 'seed' | 'leech';
  /** What is served. A leech writes to it when it can (a `Store`); without any it keeps what it verified in memory. */
  readonly content?: Content | Store;
  /** The pieces that are there at the start: default all of a seed, none of a leech. */
  readonly have?: 'all' | Iterable<number>;
  readonly behaviour?: Behaviour;
  /** Where it listens, and where it dials from. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, any free one. `false`: does not listen. */
  readonly port?: number | false;
  /** Dialled at the start. */
  readonly peers?: readonly PeerAddress[];
  /** An http announce URL. A leech dials the peers it is given. */
  readonly tracker?: string;
  /** 20 bytes; default `-UM0001-` and chance. */
  readonly peerId?: Uint8Array;
  /** Told to whoever speaks ut_pex. */
  readonly pexPeers?: readonly PeerAddress[];
  readonly onNotice?: (notice: MockPeerNotice) => void;
}

/**
 * What happened to a mock peer.
 *
 * @example
 * import { type MockPeerNotice, randomTorrent, startMockPeer } from '@unchoke/mock-peer';
 *
 * const onNotice = (notice: MockPeerNotice) => {
 *   if (notice.type === 'oddity-seen') console.log(notice.connection, notice.oddity, notice.detail);
 * };
 * const seed = await startMockPeer({ ...randomTorrent('1MiB:42'), onNotice });
 */
export type MockPeerNotice =
  | (LinkNotice & { readonly connection: number })
  | {
      readonly type: 'connection-opened';
      readonly connection: number;
      readonly origin: 'dialled' | 'accepted';
      readonly remote: PeerAddress;
    }
  | { readonly type: 'connection-closed'; readonly connection: number; readonly reason: string }
  /** A connection could not be taken, mostly because there are no descriptors left. */
  | { readonly type: 'accept-failed'; readonly reason: string }
  | { readonly type: 'dial-failed'; readonly remote: PeerAddress; readonly reason: string }
  | { readonly type: 'tracker-answered'; readonly peerCount: number }
  | { readonly type: 'tracker-failed'; readonly reason: string };

/** The options with everything decided and judged. */
export interface Settled {
  readonly torrent: MockTorrent;
  readonly role: 'seed' | 'leech';
  readonly content: Content | Store;
  readonly have: 'all' | readonly number[];
  readonly holdings: Holdings;
  readonly behaviour: Behaviour;
  readonly peerId: Uint8Array;
}

/** Fills in what was left out. Throws `MockPeerError` for what cannot be used. */
export function settle(options: MockPeerOptions): Settled {
  const torrent = options.torrent instanceof Uint8Array ? readTorrent(options.torrent, sha1) : options.torrent;
  const role = options.role ?? 'seed';
  if (role === 'seed' && options.content === undefined) {
    throw new MockPeerError(
      'bad-option',
      'a seed needs a content: parseRandomContent(...), openFiles(...) or bytesContent(...)',
      'content',
    );
  }
  const content = options.content ?? memoryStore(torrent.totalLength);
  if (content.length !== torrent.totalLength) {
    throw new MockPeerError(
      'bad-content',
      `it has ${content.length} bytes, the torrent ${torrent.totalLength}`,
      'content',
    );
  }
  const peerId = options.peerId ?? concat([fromLatin1('-UM0001-'), randomBytes(12)]);
  if (peerId.length !== 20) throw new MockPeerError('bad-option', `${peerId.length} bytes, a peer id has 20`, 'peerId');
  const behaviour = checkBehaviour(options.behaviour ?? { rules: [] });
  const given = options.have ?? (role === 'seed' ? 'all' : []);
  const have = typeof given === 'string' ? 'all' : [...given];
  const holdings = Holdings.of(torrent, have, new SeededRandom(behaviour.seed ?? 1));
  return { torrent, role, content, have, holdings, behaviour, peerId };
}
