import { createServer, type Server, type Socket } from 'node:net';
import type { Doing } from '../behaviour.js';
import { checkBehaviour } from '../behaviour-check.js';
import { concat } from '../bytes.js';
import type { PeerAction, PeerAddress, PeerEvent } from '../events.js';
import { Holdings } from '../holdings.js';
import { MockPeerCore } from '../peer.js';
import { mixSeeds, SeededRandom } from '../random.js';
import { type MockTorrent, pieceLengthOf } from '../torrent.js';
import { Announcer } from './announcer.js';
import { Dialler } from './dialler.js';
import { type MockPeerNotice, type MockPeerOptions, type Settled, settle } from './options.js';
import { Recorder } from './recorder.js';
import { sha1 } from './sha1.js';
import { openSinks, type Sinks } from './sinks.js';
import { TcpLink, type TcpLinkHost } from './tcp-link.js';

/**
 * A running mock peer.
 *
 * @example
 * const { torrent, content } = randomTorrent('1MiB:42');
 * const peer = await startMockPeer({ torrent, content });
 * console.log(peer.port);
 * await peer.close();
 */
export interface MockPeer {
  readonly host: string;
  /** The port it listens on; 0 when it does not. */
  readonly port: number;
  readonly peerId: Uint8Array;
  readonly torrent: MockTorrent;
  /** Pieces that are here and verified. */
  readonly heldCount: number;
  /** Open connections. */
  readonly connectionCount: number;
  /** Bytes of blocks that were sent. */
  readonly uploadedLength: number;
  /** True as soon as all pieces are here, false when the peer was closed before. */
  readonly completed: Promise<boolean>;
  /** Dials an address, in the way the behaviour's `dial` says. */
  dial(address: PeerAddress): void;
  /** Does something now that no rule foresaw, on every open connection or on one of them. */
  tell(doing: Doing | readonly Doing[], connection?: number): void;
  /** Closes every connection and the port; resolves when the log and the pcap are written. */
  close(): Promise<void>;
}

/**
 * Starts a peer. It behaves perfectly, except where `behaviour` says otherwise. Many in one process are cheap: each is a
 * port and its connections.
 *
 * @example
 * const { torrent, content } = randomTorrent('1MiB:42');
 * const seed = await startMockPeer({ torrent, content, behaviour: bundledBehaviour('late-blocks') });
 * const leech = await startMockPeer({ torrent, role: 'leech', peers: [seed] });
 * console.log(await leech.completed); // true, three seconds late
 */
export async function startMockPeer(options: MockPeerOptions): Promise<MockPeer> {
  const peer = new TcpMockPeer(options, settle(options));
  await peer.start();
  return peer;
}

interface LinkRecord {
  readonly remote: PeerAddress;
  readonly recorder: Recorder | undefined;
  readonly holdings: Holdings;
}

class TcpMockPeer implements MockPeer, TcpLinkHost {
  readonly host: string;
  port = 0;
  readonly completed: Promise<boolean>;
  readonly #options: MockPeerOptions;
  readonly #settled: Settled;
  readonly #sinks: Sinks;
  readonly #dialler: Dialler;
  readonly #announcer: Announcer | undefined;
  readonly #links = new Map<TcpLink, LinkRecord>();
  readonly #startedMs = performance.now();
  readonly #epochMs = Date.now();
  #server: Server | undefined;
  #returnTimer: NodeJS.Timeout | undefined;
  #connectionsEver = 0;
  #uploadedBefore = 0;
  #verifiedLength = 0;
  #isClosed = false;
  #complete: (isComplete: boolean) => void = () => undefined;

  constructor(options: MockPeerOptions, settled: Settled) {
    this.#options = options;
    this.#settled = settled;
    this.host = options.host ?? '127.0.0.1';
    this.#sinks = openSinks(options);
    this.completed = new Promise((resolve) => {
      this.#complete = resolve;
    });
    if (settled.holdings.isComplete) this.#complete(true);
    this.#dialler = new Dialler(settled.behaviour.dial ?? {}, options.host, {
      opened: (socket, redial) => this.#adopt(socket, 'dialled', redial),
      failed: (remote, reason) => this.#notify({ type: 'dial-failed', remote, reason }),
    });
    this.#announcer = options.tracker === undefined ? undefined : this.#newAnnouncer(options.tracker);
  }

  get peerId(): Uint8Array {
    return this.#settled.peerId;
  }

  get torrent(): MockTorrent {
    return this.#settled.torrent;
  }

  get heldCount(): number {
    return this.#settled.holdings.count;
  }

  get connectionCount(): number {
    return this.#links.size;
  }

  get uploadedLength(): number {
    let length = this.#uploadedBefore;
    for (const link of this.#links.keys()) length += link.core.uploadedLength;
    return length;
  }

  async start(): Promise<void> {
    if (this.#options.port !== false) await this.#listen(this.#options.port ?? 0);
    for (const address of this.#options.peers ?? []) this.dial(address);
    void this.#announcer?.tell('started');
  }

  dial(address: PeerAddress): void {
    this.#dialler.dial(address);
  }

  tell(doing: Doing | readonly Doing[], connection?: number): void {
    // Judged as a rule would be, so that a wrong one says where.
    checkBehaviour({ rules: [{ when: { on: 'ready' }, do: doing }] });
    const doings: readonly Doing[] = Array.isArray(doing) ? doing : [doing as Doing];
    for (const link of [...this.#links.keys()]) {
      if (connection === undefined || link.connection === connection) link.deliver({ type: 'told', doings });
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#returnTimer);
    this.#dialler.close();
    this.#complete(false);
    const gone = new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.close(() => resolve());
    });
    for (const link of this.#links.keys()) link.reset('the mock peer was closed');
    await gone;
    // A server that does not listen does not wait for connections that were dialled: their `close` comes one turn later.
    while (this.#links.size > 0) await new Promise((resolve) => setImmediate(resolve));
    await this.#announcer?.stop();
    await this.#sinks.close();
  }

  // TcpLinkHost

  nowMs(): number {
    return performance.now() - this.#startedMs;
  }

  perform(link: TcpLink, action: PeerAction): void {
    switch (action.type) {
      case 'notify':
        this.#notify({ ...action.notice, connection: link.connection });
        if (action.notice.type === 'completed' && this.#settled.holdings.isComplete) {
          this.#complete(true);
          void this.#announcer?.tell('completed');
        }
        return;
      case 'store-piece':
        this.#store(link, action.piece, action.bytes);
        return;
      case 'pieces-released':
        this.#tellOthers(link, { type: 'pieces-released' });
        return;
      case 'vanish':
        this.#vanish(action.forMs);
        return;
      case 'dial-back':
        this.#dialBack(link, action.port);
        return;
      default:
        return;
    }
  }

  tapped(link: TcpLink, direction: 'sent' | 'received', bytes: Uint8Array): void {
    this.#links.get(link)?.recorder?.bytes(direction, bytes, this.nowMs());
  }

  closed(link: TcpLink, reason: string): void {
    this.#links.get(link)?.recorder?.closed(reason, this.nowMs());
    this.#links.delete(link);
    this.#uploadedBefore += link.core.uploadedLength;
    this.#notify({ type: 'connection-closed', connection: link.connection, reason });
  }

  #listen(port: number): Promise<void> {
    // Half-open connections are one of the things to be played, so the ends close separately.
    const server = createServer({ allowHalfOpen: true }, (socket) => this.#adopt(socket, 'accepted'));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: this.host, port, backlog: BACKLOG }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#notify({ type: 'accept-failed', reason: error.message }));
        this.port = (server.address() as { readonly port: number }).port;
        resolve();
      });
    });
  }

  #adopt(socket: Socket, origin: 'dialled' | 'accepted', redial?: () => void): void {
    const remote = { host: socket.remoteAddress ?? '0.0.0.0', port: socket.remotePort ?? 0 };
    const local = { host: socket.localAddress ?? '0.0.0.0', port: socket.localPort ?? 0 };
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const connection = this.#connectionsEver++;
    const { torrent, role, content, behaviour } = this.#settled;
    const holdings = this.#holdingsOf(connection);
    const core = new MockPeerCore({
      ...{ torrent, role, content, holdings, behaviour, origin, connection, sha1 },
      peerId: this.#peerIdOf(connection),
      ...(this.port === 0 ? {} : { listenPort: this.port }),
    });
    const link = new TcpLink(core, socket, this, connection, origin);
    if (redial !== undefined) socket.once('close', redial);
    const { onRecord, onPackets } = this.#sinks;
    const isRecorded = onRecord !== undefined || onPackets !== undefined;
    const recorder = isRecorded
      ? new Recorder(this.#sinks, this.#epochMs, connection, origin, local, remote)
      : undefined;
    this.#links.set(link, { remote, recorder, holdings });
    recorder?.opened(this.nowMs());
    this.#notify({ type: 'connection-opened', connection, origin, remote });
    link.deliver({ type: 'connection-opened' });
    const peers = this.#options.pexPeers ?? [];
    if (peers.length > 0) link.deliver({ type: 'peers-known', peers });
  }

  /** The first connection stands for the peer itself. */
  #holdingsOf(connection: number): Holdings {
    const { behaviour, torrent, have, holdings } = this.#settled;
    const isOwn = behaviour.dial?.peerIds === 'each' && connection > 0;
    return isOwn ? Holdings.of(torrent, have, new SeededRandom(behaviour.seed ?? 1, connection)) : holdings;
  }

  #peerIdOf(connection: number): Uint8Array {
    const { behaviour, peerId } = this.#settled;
    if (behaviour.dial?.peerIds !== 'each' || connection === 0) return peerId;
    const random = new SeededRandom(behaviour.seed ?? 1, mixSeeds([...peerId]), connection);
    return concat([peerId.subarray(0, 8), random.bytes(12)]);
  }

  #store(from: TcpLink, piece: number, bytes: Uint8Array): void {
    const { content, torrent } = this.#settled;
    this.#verifiedLength += bytes.length;
    if ('write' in content) content.write(piece * torrent.pieceLength, bytes);
    this.#tellOthers(from, { type: 'piece-held', piece });
  }

  /** One turn later: a core must not be called while the actions of its last call are being performed. */
  #tellOthers(from: TcpLink, event: PeerEvent): void {
    const shared = this.#links.get(from)?.holdings;
    queueMicrotask(() => {
      for (const [link, { holdings }] of this.#links) if (link !== from && holdings === shared) link.deliver(event);
    });
  }

  #vanish(forMs: number): void {
    for (const link of this.#links.keys()) link.reset('vanished');
    this.#dialler.pause();
    const server = this.#server;
    server?.close();
    clearTimeout(this.#returnTimer);
    this.#returnTimer = setTimeout(() => {
      const listening = server === undefined ? Promise.resolve() : this.#listen(this.port);
      listening.then(
        () => this.#dialler.resume(),
        (error: Error) =>
          this.#notify({ type: 'dial-failed', remote: { host: this.host, port: this.port }, reason: error.message }),
      );
    }, forMs);
  }

  #dialBack(link: TcpLink, port: number | undefined): void {
    const host = this.#links.get(link)?.remote.host ?? '0.0.0.0';
    if (port !== undefined) this.#dialler.dial({ host, port });
    else
      this.#notify({
        type: 'dial-failed',
        remote: { host, port: 0 },
        reason: 'it never said which port it listens on',
      });
  }

  #newAnnouncer(url: string): Announcer {
    const { torrent, role, peerId, holdings } = this.#settled;
    return new Announcer(url, {
      announcement: () => ({
        ...{ infoHash: torrent.infoHash, peerId, port: this.port },
        ...{ uploaded: this.uploadedLength, downloaded: this.#verifiedLength, left: leftOf(torrent, holdings) },
      }),
      answered: (peers) => {
        this.#notify({ type: 'tracker-answered', peerCount: peers.length });
        if (role === 'leech') for (const peer of peers) if (peer.port !== this.port) this.#dialler.dialOnce(peer);
      },
      failed: (reason) => this.#notify({ type: 'tracker-failed', reason }),
    });
  }

  #notify(notice: MockPeerNotice): void {
    this.#options.onNotice?.(notice);
  }
}

/** As many as the kernel lets wait; it cuts this down to its own limit (net.core.somaxconn). */
const BACKLOG = 4_096;

function leftOf(torrent: MockTorrent, holdings: Holdings): number {
  let left = 0;
  for (let piece = 0; piece < torrent.pieceCount; piece++)
    if (!holdings.has(piece)) left += pieceLengthOf(torrent, piece);
  return left;
}
