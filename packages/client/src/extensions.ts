import { formatAddress, packAddress } from '@unchoke/tracker';
import {
  EXTENSIONS,
  type ExtendedHandshake,
  type ExtensionOffer,
  type LinkEvent,
  type MetadataMessage,
  PEX_FLAGS,
  type PexMessage,
  type PexPeer,
} from '@unchoke/wire';
import type { PeerAddress } from './address-book.js';
import type { Connections } from './connections.js';
import { LIMITS } from './limits.js';
import { MetadataShare } from './metadata-share.js';
import type { Peer } from './peer.js';
import { contactId, mentionable, PexLedger } from './pex.js';
import type { Scene } from './scene.js';
import type { TorrentOptions } from './torrent-options.js';

/** What a peer is told of us in `v` (BEP 10). */
export const CLIENT_NAME = 'Unchoke';

/** What a torrent speaks beyond BEP 3 and 6. BEP 27: a private one must not exchange peers. */
export function extensionOffers({ metadata, announcer }: TorrentOptions): readonly ExtensionOffer[] {
  const names = new Set(['lt_donthave', 'upload_only']);
  if (MetadataShare.of(metadata) !== undefined) names.add('ut_metadata');
  if (announcer?.isPrivate !== true) names.add('ut_pex');
  return EXTENSIONS.filter(({ name }) => names.has(name));
}

/** What is said in extended messages: who we are, the metadata, addresses of others, and whether anything is wanted still. */
export class Extensions {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #port: number;
  readonly #exchangesPeers: boolean;
  readonly #share: MetadataShare | undefined;
  /** Where we are, as peers see it (`yourip`). Anybody can say anything there: it only keeps us from dialling ourselves. */
  readonly #ownHosts = new Set<string>();
  #wasUploadOnly: boolean;

  constructor(scene: Scene, connections: Connections, options: TorrentOptions) {
    this.#scene = scene;
    this.#connections = connections;
    this.#port = options.port;
    this.#exchangesPeers = options.announcer?.isPrivate !== true;
    this.#share = MetadataShare.of(options.metadata);
    this.#wasUploadOnly = scene.picker.isComplete;
  }

  /** Says who we are, when both handshakes are there. */
  greet(peer: Peer): void {
    if (!peer.link.isExtended) return;
    const yourIp = packAddress(peer.address.host);
    const handshake: ExtendedHandshake = {
      client: CLIENT_NAME,
      requestQueue: LIMITS.uploadQueueTold,
      uploadOnly: this.#scene.picker.isComplete,
      ...(this.#port === 0 ? {} : { port: this.#port }),
      ...(yourIp === undefined ? {} : { yourIp }),
      ...(this.#share === undefined ? {} : { metadataSize: this.#share.size }),
    };
    this.#scene.send(peer, { type: 'extended-handshake', handshake });
  }

  /** Whether the event was one of these. */
  take(peer: Peer, event: LinkEvent): boolean {
    switch (event.type) {
      case 'extended-handshake':
        this.#learn(peer, event.handshake);
        return true;
      case 'upload-only':
        this.#setUploadOnly(peer, event.uploadOnly);
        return true;
      case 'metadata':
        this.#shareMetadata(peer, event.message);
        return true;
      case 'pex':
        this.#hear(peer, event.message);
        return true;
      default:
        return false;
    }
  }

  /** To be called after whatever may have changed what we want. */
  update(): void {
    const isUploadOnly = this.#scene.picker.isComplete;
    if (isUploadOnly === this.#wasUploadOnly) return;
    this.#wasUploadOnly = isUploadOnly;
    for (const peer of this.#scene.peers.values()) {
      if (this.#scene.isDoomed(peer) || !speaks(peer, 'upload_only')) continue;
      this.#scene.send(peer, { type: 'upload-only', uploadOnly: isUploadOnly });
    }
  }

  passTime(): void {
    for (const peer of this.#scene.peers.values()) this.#tell(peer);
  }

  get deadlineMs(): number {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const { pex } of this.#scene.peers.values()) {
      if (pex !== undefined && pex.tellMs < deadlineMs) deadlineMs = pex.tellMs;
    }
    return deadlineMs;
  }

  #learn(peer: Peer, { client, port, yourIp, uploadOnly }: ExtendedHandshake): void {
    if (client !== undefined) peer.clientName = plain(client);
    if (port !== undefined) {
      peer.listenPort = port;
      this.#connections.learnPort(peer, port);
    }
    if (yourIp !== undefined && this.#ownHosts.size < LIMITS.ownHostsMax) this.#ownHosts.add(formatAddress(yourIp));
    if (uploadOnly !== undefined) this.#setUploadOnly(peer, uploadOnly);
    if (!this.#exchangesPeers || !speaks(peer, 'ut_pex') || peer.pex !== undefined) return;
    peer.pex = new PexLedger();
    this.#tell(peer);
  }

  /** BEP 21: two that want nothing have nothing to exchange. */
  #setUploadOnly(peer: Peer, isUploadOnly: boolean): void {
    peer.isUploadOnly = isUploadOnly;
    if (isUploadOnly && this.#scene.picker.isComplete) this.#scene.doom(peer, 'both-complete', '');
  }

  #shareMetadata(peer: Peer, message: MetadataMessage): void {
    // Data and rejects answer requests, and a torrent that knows its metadata sends none.
    if (message.kind !== 'request' || !speaks(peer, 'ut_metadata')) return;
    const { part } = message;
    const answer = this.#share?.answer(peer, part, peer.isCrowded) ?? { kind: 'reject', part };
    this.#scene.send(peer, { type: 'metadata', message: answer });
    if (answer.kind === 'reject' && ++peer.strayRequests > LIMITS.strayRequestsMax)
      this.#scene.doom(peer, 'flood', 'too many requests for metadata');
  }

  #hear(peer: Peer, message: PexMessage): void {
    const ledger = peer.pex;
    if (ledger === undefined) return;
    const news = mentionable(ledger.hear(message, this.#scene.nowMs), peer.address.host, this.#own);
    const known = new Set(Array.from(this.#scene.peers.values(), (other) => idOfContact(other)));
    this.#connections.learn(news.filter((contact) => !known.has(contactId(contact))));
    if (ledger.strayCount > LIMITS.pexStraysMax) this.#scene.doom(peer, 'flood', 'too many lists of peers');
  }

  #tell(peer: Peer): void {
    const ledger = peer.pex;
    if (ledger === undefined || this.#scene.nowMs < ledger.tellMs || this.#scene.isDoomed(peer)) return;
    const others = [...this.#scene.peers.values()].filter((other) => other !== peer && other.isGreeted);
    const contacts = others.flatMap((other): readonly PexPeer[] => {
      const contact = contactOf(other);
      return contact === undefined ? [] : [{ ...contact, flags: flagsOf(other) }];
    });
    const message = ledger.tell(mentionable(contacts, peer.address.host, []), this.#scene.nowMs);
    if (message !== undefined && speaks(peer, 'ut_pex')) this.#scene.send(peer, { type: 'pex', message });
  }

  get #own(): readonly PeerAddress[] {
    return this.#port === 0 ? [] : Array.from(this.#ownHosts, (host) => ({ host, port: this.#port }));
  }
}

/** Where others can reach a peer: where we did, or where it says it listens. */
export function contactOf({ origin, address, listenPort }: Peer): PeerAddress | undefined {
  if (origin === 'dialed') return address;
  return listenPort === undefined ? undefined : { host: address.host, port: listenPort };
}

function idOfContact(peer: Peer): string {
  return contactId(contactOf(peer) ?? peer.address);
}

function flagsOf({ isSeed, isUploadOnly, origin }: Peer): number {
  return (isSeed || isUploadOnly ? PEX_FLAGS.uploadOnly : 0) | (origin === 'dialed' ? PEX_FLAGS.reachable : 0);
}

/** A name for logs, pages and terminals: controls and what turns the direction of writing around are a stranger's tricks. */
function plain(name: string): string {
  return name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

function speaks({ link }: Peer, name: string): boolean {
  return (link.remote.extensions.get(name) ?? 0) !== 0;
}
