import type { Behaviour } from './behaviour.js';
import type { Content } from './content.js';
import type { LinkNotice, Oddity, PeerAction, PeerAddress } from './events.js';
import type { Holdings } from './holdings.js';
import type { HandshakeMessage, Message } from './message.js';
import type { Outbox } from './outbox.js';
import type { SeededRandom } from './random.js';
import type { MockTorrent, Sha1 } from './torrent.js';

/**
 * What one connection of a mock peer is given.
 *
 * @example
 * const { torrent, content } = randomTorrent('1MiB:42');
 * const holdings = Holdings.of(torrent, 'all');
 * const core = new MockPeerCore({
 *   ...{ torrent, content, holdings, sha1, role: 'seed', behaviour: { rules: [] } },
 *   ...{ peerId: new Uint8Array(20), origin: 'accepted', connection: 0 },
 * });
 */
export interface CoreOptions {
  readonly torrent: MockTorrent;
  readonly role: 'seed' | 'leech';
  /** What can be served; a leech serves what it holds, when its store can be read. */
  readonly content: Content;
  readonly holdings: Holdings;
  readonly behaviour: Behaviour;
  readonly peerId: Uint8Array;
  readonly origin: 'dialled' | 'accepted';
  /** Number of the connection within its peer, from 0. Chance and `when.connection` depend on it. */
  readonly connection: number;
  readonly sha1: Sha1;
  /** Announced as `p` in the extended handshake. */
  readonly listenPort?: number;
}

/** The state of one connection, shared by the parts of the core. */
export interface Link {
  readonly options: CoreOptions;
  readonly outbox: Outbox;
  readonly random: SeededRandom;
  actions: PeerAction[];
  nowMs: number;
  openedMs: number;
  lastSaidMs: number;
  uploadedLength: number;
  ours: HandshakeMessage | undefined;
  theirs: HandshakeMessage | undefined;
  isReady: boolean;
  amChoking: boolean;
  amInterested: boolean;
  peerChoking: boolean;
  peerInterested: boolean;
  /** What the other side has, one bit a piece, spare bits zero. */
  peerBits: Uint8Array;
  readonly theirExtensions: Map<string, number>;
  theirPort: number | undefined;
  theirRequestQueue: number;
  knownPeers: readonly PeerAddress[];
  /** Says a message as an honest peer does: rules may still change or drop it. */
  say(message: Message): void;
  notify(notice: LinkNotice): void;
  odd(oddity: Oddity, detail: string): void;
}
