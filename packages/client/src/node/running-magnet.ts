import type { Socket } from 'node:net';
import type { Magnet } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import type { Announcer } from '@unchoke/tracker';
import type { UdpTransport } from '@unchoke/tracker/node';
import type { Handshake } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import { ClientError } from '../errors.js';
import type { PeerKey, TorrentNotice } from '../events.js';
import type { MagnetAction, MagnetEvent } from '../magnet-events.js';
import { MagnetStart } from '../magnet-start.js';
import type { Seat } from '../seat.js';
import { Announces } from './announces.js';
import { type Found, missingLayers } from './magnet-metainfo.js';
import { Network } from './network.js';
import { Shell } from './shell.js';

/** What a magnet link needs of the client it is added to. */
export interface MagnetHost {
  readonly peerId: Uint8Array;
  readonly port: number;
  readonly udp: UdpTransport;
  readonly nextPeerKey: () => PeerKey;
  readonly randomBelow: (bound: number) => number;
  /** Its part of what the torrents of the client share. */
  readonly seat: Seat;
  /** Called after every turn: what this link has set free, a torrent may wait for. */
  readonly settle: () => void;
  readonly listen: (notice: TorrentNotice) => void;
}

/** What goes on with the torrent that a link has become. */
export interface MagnetLegacy {
  readonly announcer: Announcer;
  readonly announces: Announces;
}

/** Nobody knows yet how much is left; 0 would make a seed of us. */
const LEFT_UNKNOWN = 16_384;

/** A magnet link with its sockets and trackers, until the metadata is there. */
export class RunningMagnet {
  readonly #magnet: MagnetStart;
  readonly #shell: Shell<MagnetEvent, MagnetAction>;
  readonly #host: MagnetHost;
  readonly #announces: Announces;
  readonly #network: Network;
  #whenFound: ((found: Found) => void) | undefined;
  #isFound = false;
  #whenStopped: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(link: Magnet, infoHash: Uint8Array, trackerTiers: readonly (readonly string[])[], host: MagnetHost) {
    const { peerId, port, udp, nextPeerKey, randomBelow, seat } = host;
    this.#host = host;
    this.#magnet = new MagnetStart({
      infoHash,
      verify: (metadata) => isNamedBy(link, metadata),
      // By its v1 hash only v1 torrents and hybrids are found, which have all hashes in the metadata.
      ...(link.infoHash === undefined ? { layersOf: missingLayers } : {}),
      peerId,
      port,
      announcer: { tiers: trackerTiers, port },
      nextPeerKey,
      randomBelow,
      seat,
    });
    this.#shell = new Shell(
      this.#magnet,
      (action) => this.#perform(action),
      () => this.#endTurn(),
    );
    this.#announces = new Announces({ infoHash, peerId, port, udp });
    this.#announces.serve({
      totals: () => ({ uploaded: 0, downloaded: 0, left: LEFT_UNKNOWN }),
      answered: (event) => this.#shell.deliver({ type: 'tracker-answered', event }),
    });
    this.#network = new Network(this.#announces, {
      deliver: (event) => this.#shell.deliver(event),
      sent: () => undefined,
    });
  }

  /** The metadata and what it lacks, verified; rejects with `aborted` when the signal says so before. */
  async metadata(peers: readonly PeerAddress[], signal: AbortSignal): Promise<Found> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const message = `ended while waiting for the metadata: ${this.#magnet.why}`;
        const isClosing = ClientError.isInstance(signal.reason);
        reject(isClosing ? signal.reason : new ClientError('aborted', message, { cause: signal.reason }));
      };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.#whenFound = (found) => {
        signal.removeEventListener('abort', abort);
        resolve(found);
      };
      this.#shell.deliver({ type: 'torrent-started' });
      if (peers.length > 0) this.#shell.deliver({ type: 'peers-found', addresses: peers });
    });
  }

  /** Why it takes so long, in a sentence. */
  get why(): string {
    return this.#magnet.why;
  }

  get receivedBytes(): number {
    return this.#magnet.receivedBytes;
  }

  /** Whether the metadata is still to come. */
  get isWaiting(): boolean {
    return !this.#isFound;
  }

  /** Where peers are known to be. */
  get addresses(): readonly PeerAddress[] {
    return this.#magnet.addresses;
  }

  accept(socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array): void {
    this.#network.adopt(this.#host.nextPeerKey(), socket, address, handshake, rest);
  }

  /** Something that another torrent of the session has brought about. */
  tell(event: MagnetEvent): void {
    this.#shell.deliver(event);
  }

  /** Once the metadata is there: ends, but leaves its trackers to the torrent. */
  bequeath(): MagnetLegacy {
    this.#stopping = Promise.resolve();
    this.#close();
    return { announcer: this.#magnet.announcer, announces: this.#announces };
  }

  /** Says goodbye to trackers and peers. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#magnet.announcer.phase === 'running') {
      await new Promise<void>((resolve) => {
        this.#whenStopped = resolve;
        this.#shell.deliver({ type: 'torrent-stopped' });
      });
    }
    this.#close();
    this.#announces.close();
  }

  #close(): void {
    this.#shell.close();
    this.#network.closeSockets();
  }

  #perform(action: MagnetAction): void {
    switch (action.type) {
      case 'notify':
        if (action.notice.type === 'torrent-stopped') this.#whenStopped?.();
        this.#host.listen(action.notice);
        break;
      case 'deliver-metadata':
        this.#isFound = true;
        this.#whenFound?.(action);
        break;
      default:
        this.#network.perform(action);
    }
  }

  #endTurn(): void {
    this.#network.flush();
    this.#host.settle();
  }
}

/** By every hash that the link has: one that names two must be right about both. */
function isNamedBy({ infoHash, infoHashV2 }: Magnet, metadata: Uint8Array): boolean {
  const isV1 = infoHash === undefined || Buffer.compare(hashes.sha1(metadata), infoHash) === 0;
  return isV1 && (infoHashV2 === undefined || Buffer.compare(hashes.sha256(metadata), infoHashV2) === 0);
}
