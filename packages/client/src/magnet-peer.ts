import { EXTENSIONS, type ExtendedHandshake, PeerLink } from '@unchoke/wire';
import type { PeerAddress } from './address-book.js';
import type { CloseReason, PeerKey } from './events.js';
import { LIMITS } from './limits.js';
import type { MagnetOptions } from './magnet-options.js';
import { PexLedger } from './pex.js';

const OFFERS = EXTENSIONS.filter(({ name }) => name === 'ut_metadata' || name === 'ut_pex');

/** One connection of a magnet start, and when it ends for want of progress. */
export class MagnetPeer {
  readonly key: PeerKey;
  readonly address: PeerAddress;
  readonly origin: 'dialed' | 'accepted';
  readonly link: PeerLink;
  readonly ledger: PexLedger = new PexLedger();
  readonly #openedMs: number;
  /** It holds one of the session's places. */
  isSeated = false;
  isConnected = false;
  isGreeted = false;
  /** It speaks ut_metadata and has said how long the metadata is. */
  offersMetadata = false;
  peerId: Uint8Array = new Uint8Array(0);
  strayCount = 0;
  lastReceivedMs: number;
  lastSentMs: number;
  #listenPort: number | undefined;

  constructor(key: PeerKey, address: PeerAddress, origin: 'dialed' | 'accepted', link: PeerLink, nowMs: number) {
    this.key = key;
    this.address = address;
    this.origin = origin;
    this.link = link;
    this.#openedMs = nowMs;
    this.lastReceivedMs = nowMs;
    this.lastSentMs = nowMs;
  }

  /** Where it can be reached. */
  get contact(): PeerAddress | undefined {
    if (this.origin === 'dialed') return this.address;
    return this.#listenPort === undefined ? undefined : { host: this.address.host, port: this.#listenPort };
  }

  learn({ port }: ExtendedHandshake): void {
    this.#listenPort = port ?? this.#listenPort;
  }

  isCalled(peerId: Uint8Array): boolean {
    return this.peerId.join() === peerId.join();
  }

  speaks(name: string): boolean {
    return (this.link.remote.extensions.get(name) ?? 0) !== 0;
  }

  /** Each step has one time limit in all, so that dripping bytes does not help. */
  get endMs(): number {
    if (!this.isConnected) return this.#openedMs + LIMITS.dialTimeoutMs;
    if (!this.isGreeted) return this.#openedMs + LIMITS.handshakeTimeoutMs;
    const idleMs = this.lastReceivedMs + LIMITS.idleTimeoutMs;
    return this.offersMetadata ? idleMs : Math.min(idleMs, this.#openedMs + LIMITS.metadataPatienceMs);
  }

  get endReason(): CloseReason {
    if (!this.isConnected) return 'dial-failed';
    if (!this.isGreeted) return 'handshake-timeout';
    return this.offersMetadata ? 'idle-timeout' : 'no-metadata';
  }

  get keepAliveMs(): number {
    return this.isGreeted ? this.lastSentMs + LIMITS.keepAliveMs : Number.POSITIVE_INFINITY;
  }
}

/** Who has a v2 link alone asks for hashes (BEP 52), and may be asked for some. */
export function linkOf({ infoHash, peerId, layersOf }: MagnetOptions): PeerLink {
  const offers = { v2: layersOf !== undefined };
  return new PeerLink({ infoHash, peerId, offers, extensions: OFFERS, requestQueue: LIMITS.uploadQueueMax });
}
