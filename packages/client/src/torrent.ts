import { AllowedFast } from './allowed-fast.js';
import { Announcing } from './announcing.js';
import { Connections } from './connections.js';
import { Conversation } from './conversation.js';
import { Downloads } from './downloads.js';
import type { CloseReason, PeerKey, TorrentAction, TorrentEvent } from './events.js';
import { Extensions } from './extensions.js';
import { HashFetch } from './hash-fetch.js';
import { HashShare } from './hash-share.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import { Scene } from './scene.js';
import type { Seat } from './seat.js';
import { NO_GOALS, SeedGoal, type SeedRecord } from './seed-goal.js';
import { newPicker, Selection } from './selection.js';
import { Session } from './session.js';
import type { TorrentInside } from './torrent-inside.js';
import type { TorrentOptions } from './torrent-options.js';
import { describeStatus, type TorrentStatus } from './torrent-status.js';
import { Uploads } from './uploads.js';
import { Verdicts } from './verdicts.js';

/**
 * One torrent: everything that happens to it comes in through `handle`, everything it wants done comes out. It owns no
 * socket, no file, no clock and no chance; the same torrent runs on a network and in a simulation.
 *
 * @example
 * ```ts
 * import { Torrent } from '@unchoke/client';
 * import { Bitfield, Geometry } from '@unchoke/pieces';
 *
 * const geometry = new Geometry({ totalLength: 100_000, pieceLength: 32_768 });
 * const torrent = new Torrent({
 *   infoHash: new Uint8Array(20),
 *   peerId: new Uint8Array(20).fill(1),
 *   port: 6881,
 *   geometry,
 *   have: Bitfield.empty(geometry.pieceCount),
 *   nextPeerKey: () => 1,
 *   randomBelow: () => 0,
 * });
 * torrent.handle({ type: 'torrent-started' }, 0);
 * const [action] = torrent.handle({ type: 'peers-found', addresses: [{ host: '127.0.0.1', port: 6881 }] }, 0);
 * console.assert(action?.type === 'open-socket');
 * ```
 */
export class Torrent {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #downloads: Downloads;
  readonly #uploads: Uploads;
  readonly #announcing: Announcing;
  readonly #hashes: HashShare;
  readonly #hashFetch: HashFetch;
  readonly #conversation: Conversation;
  readonly #extensions: Extensions;
  readonly #verdicts: Verdicts;
  readonly #selection: Selection;
  readonly #seat: Seat;
  readonly #goal: SeedGoal;
  #isRunning = false;
  #isPaused = false;
  #rechokeMs = Number.POSITIVE_INFINITY;

  constructor(options: TorrentOptions) {
    this.#scene = new Scene(options.geometry, newPicker(options), options.randomBelow);
    this.#seat = options.seat ?? new Session().join();
    this.#connections = new Connections(this.#scene, options, this.#seat);
    this.#downloads = new Downloads(this.#scene, this.#seat.download);
    const allowedFast = new AllowedFast(this.#scene, options.infoHash, options.sha1);
    this.#uploads = new Uploads(this.#scene, options.uploadSlots, this.#seat.upload, allowedFast);
    this.#announcing = new Announcing(this.#scene, this.#connections, options);
    this.#extensions = new Extensions(this.#scene, this.#connections, options);
    this.#hashes = new HashShare(this.#scene, options);
    this.#hashFetch = new HashFetch(this.#scene, this.#connections, this.#hashes, options);
    this.#conversation = new Conversation(
      this.#scene,
      this.#connections,
      this.#downloads,
      this.#uploads,
      this.#extensions,
      this.#hashes,
      this.#hashFetch,
    );
    this.#verdicts = new Verdicts(this.#scene, this.#connections, this.#downloads, this.#uploads, this.#announcing);
    this.#selection = new Selection(this.#scene, options, this.#downloads, this.#verdicts);
    this.#goal = new SeedGoal(options.seedGoals ?? NO_GOALS, options.seedRecord, options.geometry.byteCount);
    this.#verdicts.import(options.partials ?? []);
  }

  /** The one inbox. Each line is one thing that can happen. */
  handle(event: TorrentEvent, nowMs: number): readonly TorrentAction[] {
    this.#scene.nowMs = nowMs;
    switch (event.type) {
      case 'torrent-started':
        this.#start();
        break;
      case 'torrent-stopped':
        this.#stop();
        break;
      case 'time-passed':
        this.#passTime();
        break;
      case 'peers-found':
        this.#connections.learn(event.addresses);
        break;
      case 'socket-opened':
        this.#connections.opened(event.peer);
        break;
      case 'peer-accepted':
        if (this.#isRunning)
          this.#conversation.take(event.peer, this.#connections.accept(event.peer, event.address, event.handshake));
        else this.#scene.do({ type: 'close-socket', peer: event.peer, reason: 'torrent-stopped' });
        break;
      case 'bytes-received':
        this.#conversation.take(event.peer, this.#connections.receive(event.peer, event.bytes));
        break;
      case 'socket-crowded':
        this.#withPeer(event.peer, (peer) => {
          peer.crowdedSinceMs ??= nowMs;
        });
        break;
      case 'socket-drained':
        this.#withPeer(event.peer, (peer) => this.#drained(peer));
        break;
      case 'socket-closed':
        this.#withPeer(event.peer, (peer) => this.#scene.doom(peer, event.reason, ''));
        break;
      case 'block-loaded':
        this.#loaded(event);
        break;
      case 'piece-verified':
        this.#verdicts.judge(event.piece, event.isValid, event.blockDigests);
        break;
      case 'pieces-lost':
        this.#verdicts.lose(event.pieces);
        break;
      case 'pieces-prioritized':
        this.#selection.prioritize(event.priorities);
        break;
      case 'piece-needed':
        this.#selection.need(event.piece, event.withinMs);
        break;
      case 'pieces-rechecked':
        if (!this.#isRunning) this.#selection.restart(event.have, event.partials);
        break;
      case 'storage-stalled':
        this.#stall(event.problem);
        break;
      case 'storage-ready':
        this.#resume();
        break;
      case 'tracker-answered':
        this.#announcing.handle(event.event);
        break;
      case 'room-needed':
        this.#connections.makeRoom();
        break;
      case 'limits-changed':
        this.#seat.setRates(event, nowMs);
        this.#downloads.passTime();
        this.#uploads.serveAll();
        break;
      default:
        event satisfies never;
    }
    this.#checkGoal();
    this.#extensions.update();
    this.#closeDoomed();
    this.#downloads.enterEndgame();
    if (this.#isRunning) this.#connections.dial();
    return this.#scene.takeActions();
  }

  /** When to come back with `time-passed`, if nothing else happens before. */
  get deadlineMs(): number | undefined {
    const { nowMs } = this.#scene;
    const next = Math.min(
      this.#rechokeMs,
      this.#announcing.deadlineMs ?? Number.POSITIVE_INFINITY,
      this.#connections.deadlineMs,
      this.#extensions.deadlineMs,
      this.#selection.deadlineMs ?? Number.POSITIVE_INFINITY,
      this.#goal.deadlineMs,
      this.#downloads.deadlineMs,
      this.#hashFetch.deadlineMs,
      this.#seat.download.readyMs(nowMs),
      this.#seat.upload.readyMs(nowMs),
    );
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** How it stands, for people and programs. */
  get status(): TorrentStatus {
    return describeStatus(
      this.#scene,
      this.#downloads,
      this.#uploads,
      this.#announcing.trackers,
      this.#goal,
      this.#isRunning,
      this.#isPaused,
    );
  }

  /** What it has given and taken over all its runs, to be handed to the next one. */
  get seedRecord(): SeedRecord {
    return this.#goal.recordAt(this.#scene.nowMs);
  }

  /** Its parts, for simulations and tests to look at after every event. */
  get inside(): TorrentInside {
    return this.#scene;
  }

  /** What a tracker is told. */
  get totals(): { readonly uploaded: number; readonly downloaded: number; readonly left: number } {
    const { picker, geometry } = this.#scene;
    let left = geometry.byteCount;
    for (const piece of picker.have) left -= geometry.lengthOf(piece);
    return { uploaded: this.#uploads.sentBytes, downloaded: this.#downloads.receivedBytes, left };
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#isPaused = false;
    this.#rechokeMs = this.#scene.nowMs + LIMITS.rechokeMs;
    this.#announcing.handle({ type: 'torrent-started' });
  }

  #stop(): void {
    this.#isRunning = false;
    this.#isPaused = true;
    this.#rechokeMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#scene.peers.values()) this.#scene.doom(peer, 'torrent-stopped', '');
    this.#seat.withdraw();
    this.#announcing.handle({ type: 'torrent-stopped' });
  }

  #checkGoal(): void {
    const { picker, nowMs } = this.#scene;
    const { sentBytes } = this.#uploads;
    const { receivedBytes } = this.#downloads;
    if (!this.#goal.update(this.#isRunning && picker.isComplete, { sentBytes, receivedBytes }, nowMs)) return;
    const { seedingMs } = this.#goal.recordAt(nowMs);
    this.#scene.notify({ type: 'seed-goal-reached', ratio: this.#goal.ratio, seedingMs });
    this.#stop();
  }

  #passTime(): void {
    const { nowMs, picker } = this.#scene;
    this.#connections.passTime();
    this.#extensions.passTime();
    this.#hashFetch.passTime();
    if (nowMs >= this.#rechokeMs) {
      this.#rechokeMs = nowMs + LIMITS.rechokeMs;
      this.#connections.noteScores();
      this.#uploads.rechoke(picker.isComplete, (peer) => this.#downloads.isSnubbing(peer));
    }
    this.#downloads.passTime();
    this.#uploads.passTime();
    this.#announcing.handle({ type: 'time-passed' });
  }

  #loaded({ peer: key, block, bytes }: Extract<TorrentEvent, { type: 'block-loaded' }>): void {
    const peer = this.#scene.peers.get(key);
    const isForHashes = peer !== undefined && this.#hashes.leaves.loaded(block, bytes);
    const isSent = peer !== undefined && !isForHashes && this.#uploads.loaded(peer, block, bytes);
    if (bytes !== undefined && !isSent) this.#scene.do({ type: 'drop-block', bytes });
  }

  #drained(peer: Peer): void {
    peer.crowdedSinceMs = undefined;
    this.#uploads.serve(peer);
    this.#downloads.fill(peer);
  }

  #stall(problem: string | undefined): void {
    this.#scene.isStalled = true;
    this.#scene.stall = problem;
    if (problem !== undefined) this.#scene.notify({ type: 'storage-stalled', problem });
  }

  #resume(): void {
    if (this.#scene.stall !== undefined) this.#scene.notify({ type: 'storage-ready' });
    this.#scene.isStalled = false;
    this.#scene.stall = undefined;
    for (const peer of this.#scene.peers.values()) this.#downloads.fill(peer);
  }

  #closeDoomed(): void {
    for (let entry = this.#scene.takeDoomed(); entry !== undefined; entry = this.#scene.takeDoomed()) {
      this.#downloads.peerLeft(entry.peer);
      this.#uploads.peerLeft(entry.peer);
      this.#hashFetch.leave(entry.peer);
      this.#connections.close(entry.peer, entry.reason as CloseReason, entry.detail);
      this.#uploads.passSlotOn(entry.peer);
      // Of one that had not said what it has nothing was asked: it leaves nothing behind for others.
      if (entry.peer.isJoined) for (const peer of this.#scene.peers.values()) this.#downloads.fill(peer);
    }
  }

  #withPeer(key: PeerKey, act: (peer: Peer) => void): void {
    const peer = this.#scene.peers.get(key);
    if (peer !== undefined) act(peer);
  }
}
