import type { Handshake, HashRange } from '@unchoke/wire';
import type { Connections } from './connections.js';
import type { HashShare } from './hash-share.js';
import { type LayerEvent, LayerFetch } from './layer-fetch.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';
import type { LayersToFetch, TorrentOptions } from './torrent-options.js';

/**
 * Hashes of pieces that a hybrid torrent lacks when it was a magnet link: its metadata has none (BEP 52), and to download its v1
 * hashes suffice. They are asked of peers beside everything else, to be given to others.
 */
export class HashFetch {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #share: HashShare;
  readonly #infoHashV2: Uint8Array | undefined;
  readonly #treeOf: LayersToFetch['treeOf'] | undefined;
  /** Until all are there. */
  #fetch: LayerFetch | undefined;

  constructor(scene: Scene, connections: Connections, share: HashShare, options: TorrentOptions) {
    this.#scene = scene;
    this.#connections = connections;
    this.#share = share;
    this.#infoHashV2 = options.infoHashV2;
    this.#treeOf = options.layersToFetch?.treeOf;
    if (options.layersToFetch !== undefined) this.#fetch = new LayerFetch(options.layersToFetch.assemblies);
  }

  get deadlineMs(): number {
    return this.#fetch?.deadlineMs ?? Number.POSITIVE_INFINITY;
  }

  /** Only who knows version 2 has any, and says so by a bit or by the name it uses. */
  meet(peer: Peer, { infoHash }: Handshake): void {
    const { local, remote } = peer.link;
    const knowsV2 = remote.offers?.v2 === true || this.#infoHashV2?.every((byte, at) => byte === infoHash[at]) === true;
    if (knowsV2 && local.offers?.v2 === true) this.#tell({ type: 'peers-ready', peers: [peer.key] });
  }

  receive({ key }: Peer, range: HashRange, hashes: Uint8Array): void {
    this.#tell({ type: 'hashes-received', peer: key, range, hashes });
  }

  reject({ key }: Peer, range: HashRange): void {
    this.#tell({ type: 'hashes-rejected', peer: key, range });
  }

  leave({ key }: Peer): void {
    this.#tell({ type: 'peer-left', peer: key });
  }

  passTime(): void {
    this.#tell({ type: 'time-passed' });
  }

  #tell(event: LayerEvent): void {
    for (const action of this.#fetch?.handle(event, this.#scene.nowMs) ?? []) {
      if (action.type === 'deliver-layers') {
        this.#share.add(action.layers.map(this.#treeOf!));
        this.#fetch = undefined;
      } else if (action.type === 'blame-peer') this.#connections.ban(action.peer, 'sent false hashes of pieces');
      else {
        const peer = this.#scene.peers.get(action.peer);
        if (peer !== undefined) this.#scene.send(peer, { type: 'hash-request', ...action.range });
      }
    }
  }
}
