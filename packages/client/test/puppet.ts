import { type PeerKey, Torrent, type TorrentAction, type TorrentEvent, type TorrentOptions } from '@unchoke/client';
import { Bitfield, Geometry } from '@unchoke/pieces';
import { EXTENSIONS, type ExtensionMessage, type LinkEvent, type Message, PeerLink } from '@unchoke/wire';

const INFO_HASH = new Uint8Array(20).fill(0xab);

/** One torrent, and peers that the test speaks for. */
export class Stage {
  readonly geometry: Geometry;
  readonly isV2: boolean;
  readonly torrent: Torrent;
  readonly puppets: Puppet[] = [];
  readonly actions: TorrentAction[] = [];
  nowMs = 0;

  constructor(options: Partial<TorrentOptions> & { readonly isComplete?: boolean } = {}) {
    const { isComplete = false, ...others } = options;
    this.geometry = options.geometry ?? new Geometry({ totalLength: 4 * 16_384, pieceLength: 16_384 });
    const { pieceCount } = this.geometry;
    this.isV2 = options.hashTrees !== undefined;
    this.torrent = new Torrent({
      infoHash: INFO_HASH,
      ...(this.isV2 ? { infoHashV2: INFO_HASH } : {}),
      peerId: new Uint8Array(20).fill(1),
      port: 6881,
      geometry: this.geometry,
      have: isComplete ? Bitfield.full(pieceCount) : Bitfield.empty(pieceCount),
      nextPeerKey: () => 1000 + this.actions.length,
      randomBelow: () => 0,
      ...others,
    });
    this.do(this.torrent.handle({ type: 'torrent-started' }, 0));
  }

  /** Somebody connects, and both handshakes are exchanged. */
  join(host: string): Puppet {
    const puppet = new Puppet(this, this.puppets.length + 1, host);
    this.puppets.push(puppet);
    puppet.enter();
    return puppet;
  }

  passTime(ms: number): void {
    this.nowMs += ms;
    this.deliver({ type: 'time-passed' });
  }

  deliver(event: TorrentEvent): void {
    this.do(this.torrent.handle(event, this.nowMs));
  }

  do(actions: readonly TorrentAction[]): void {
    this.actions.push(...actions);
    for (const action of actions) {
      if (action.type === 'send-bytes') {
        const puppet = this.puppets.find(({ key }) => key === action.peer);
        puppet?.receive(action.bytes);
        if (action.payload !== undefined) puppet?.receive(action.payload);
      }
      if (action.type === 'close-socket') this.puppets.find(({ key }) => key === action.peer)?.close(action.reason);
    }
  }

  /** Whom it wants to dial, as `host port`. */
  get dials(): readonly string[] {
    return this.actions.flatMap((action) =>
      action.type === 'open-socket' ? [`${action.address.host} ${action.address.port}`] : [],
    );
  }
}

/** A peer as seen from outside: says what the test wants, and keeps what it is told. */
export class Puppet {
  readonly #stage: Stage;
  readonly key: PeerKey;
  readonly #host: string;
  readonly #link: PeerLink;
  readonly heard: LinkEvent[] = [];
  closeReason: string | undefined;

  constructor(stage: Stage, key: PeerKey, host: string) {
    this.#stage = stage;
    this.key = key;
    this.#host = host;
    const { geometry } = stage;
    const peerId = new Uint8Array(20).fill(100 + key);
    const offers = { v2: stage.isV2 };
    this.#link = new PeerLink({ infoHash: INFO_HASH, peerId, torrent: geometry, extensions: EXTENSIONS, offers });
  }

  enter(): void {
    const { torrent, nowMs } = this.#stage;
    const greeting = this.#link.greet();
    const handshake = {
      reserved: greeting.subarray(20, 28),
      infoHash: greeting.subarray(28, 48),
      peerId: greeting.subarray(48, 68),
    };
    const address = { host: this.#host, port: 50_000 + this.key };
    this.#stage.do(torrent.handle({ type: 'peer-accepted', peer: this.key, address, handshake }, nowMs));
  }

  say(...messages: readonly (Message | ExtensionMessage)[]): void {
    for (const message of messages) {
      if (this.closeReason !== undefined) return;
      const bytes = this.#link.send(message);
      const { torrent, nowMs } = this.#stage;
      this.#stage.do(torrent.handle({ type: 'bytes-received', peer: this.key, bytes }, nowMs));
    }
  }

  receive(bytes: Uint8Array): void {
    this.heard.push(...this.#link.receive(bytes.slice()));
  }

  close(reason: string): void {
    this.closeReason = reason;
  }

  /** The messages of one type, in order. */
  heardOf<T extends LinkEvent['type']>(type: T): readonly Extract<LinkEvent, { type: T }>[] {
    return this.heard.filter((event): event is Extract<LinkEvent, { type: T }> => event.type === type);
  }
}
