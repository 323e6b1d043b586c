import type { MetadataMessage } from './extensions/metadata-message.js';
import { LIMITS } from './limits.js';
import { MetadataAssembly } from './metadata-assembly.js';

/** How the caller calls a peer; the fetch only hands it back. */
export type PeerKey = number;

/**
 * What a metadata fetch is told.
 *
 * @example
 * ```ts
 * import type { MetadataEvent } from '@unchoke/wire';
 *
 * const event: MetadataEvent = { type: 'peer-ready', peer: 1, metadataSize: 31_235 };
 * console.assert(event.peer === 1);
 * ```
 */
export type MetadataEvent =
  /** The peer takes ut_metadata and has said how long the metadata is. Said again with another size, it counts as new. */
  | { readonly type: 'peer-ready'; readonly peer: PeerKey; readonly metadataSize: number }
  | { readonly type: 'message-received'; readonly peer: PeerKey; readonly message: MetadataMessage }
  | { readonly type: 'peer-left'; readonly peer: PeerKey }
  | { readonly type: 'time-passed' };

/** Why a peer cannot be telling the truth. */
export type MetadataBlame = 'wrong-hash' | 'size-changed' | 'wrong-part-length';

/**
 * What a metadata fetch wants done.
 *
 * @example
 * ```ts
 * import type { MetadataAction } from '@unchoke/wire';
 *
 * const action: MetadataAction = { type: 'request-part', peer: 1, part: 0 };
 * console.assert(action.part === 0);
 * ```
 */
export type MetadataAction =
  /** Send a ut_metadata request. */
  | { readonly type: 'request-part'; readonly peer: PeerKey; readonly part: number }
  /** The metadata, complete and verified. Always the last action. */
  | { readonly type: 'deliver-metadata'; readonly metadata: Uint8Array }
  /** Close this peer, or at least do not offer it again. */
  | { readonly type: 'blame-peer'; readonly peer: PeerKey; readonly blame: MetadataBlame };

/** What a fetch is for. */
export interface MetadataFetchOptions {
  /** Whether these bytes are the metadata, for example `(bytes) => sameBytes(sha1(bytes), infoHash)`. */
  readonly verify: (metadata: Uint8Array) => boolean;
  /** Longest metadata: `LIMITS.metadataBytesMax` unless told otherwise. */
  readonly bytesMax?: number;
}

type DataMessage = MetadataMessage & { readonly kind: 'data' };

interface Peer {
  readonly size: number;
  /** Parts asked and not answered, with the time at which waiting ends. */
  readonly waiting: Map<number, number>;
  /** Parts asked at any time: an answer that comes late is still welcome, one that was never asked for is not. */
  readonly asked: Set<number>;
  /** Rejects and time-outs since its last part. */
  failures: number;
  /** Nothing is asked before this time. */
  restUntilMs: number;
}

/**
 * Gets the metadata of a torrent from peers (BEP 9): which part to ask from whom. Peers that declare different sizes are never
 * mixed, nothing is allocated from what they declare, and nothing is delivered before its hash was right. When bytes of several
 * peers together are wrong, it starts again from one peer at a time, so that the liar is found and no other is blamed.
 *
 * @example
 * ```ts
 * import { MetadataFetch } from '@unchoke/wire';
 *
 * const metadata = new Uint8Array(20_000).fill(7);
 * const fetch = new MetadataFetch({ verify: (bytes) => bytes.every((byte) => byte === 7) });
 * let actions = fetch.handle({ type: 'peer-ready', peer: 1, metadataSize: 20_000 }, 0);
 * for (const action of actions) {
 *   if (action.type !== 'request-part') continue;
 *   const bytes = metadata.subarray(action.part * 16_384, (action.part + 1) * 16_384);
 *   const message = { kind: 'data', part: action.part, totalLength: 20_000, bytes } as const;
 *   actions = fetch.handle({ type: 'message-received', peer: 1, message }, 0);
 * }
 * console.assert(actions[0]?.type === 'deliver-metadata');
 * ```
 */
export class MetadataFetch {
  readonly #verify: (metadata: Uint8Array) => boolean;
  readonly #bytesMax: number;
  readonly #peers = new Map<PeerKey, Peer>();
  /** By size. */
  readonly #assemblies = new Map<number, MetadataAssembly>();
  #isDone = false;
  #nowMs = 0;

  constructor(options: MetadataFetchOptions) {
    this.#verify = options.verify;
    this.#bytesMax = options.bytesMax ?? LIMITS.metadataBytesMax;
  }

  /** Whether the metadata was delivered. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Bytes of parts that are held. */
  get heldBytes(): number {
    let bytes = 0;
    for (const assembly of this.#assemblies.values()) bytes += assembly.heldBytes;
    return bytes;
  }

  /** When to come back with `time-passed`, if nothing else happens before. */
  get deadlineMs(): number | undefined {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#isDone ? [] : this.#peers.values()) {
      for (const untilMs of peer.waiting.values()) deadlineMs = Math.min(deadlineMs, untilMs);
      if (peer.restUntilMs > this.#nowMs) deadlineMs = Math.min(deadlineMs, peer.restUntilMs);
    }
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs;
  }

  /** Something happened; what to do now. Never throws on what peers send. */
  handle(event: MetadataEvent, nowMs: number): readonly MetadataAction[] {
    if (this.#isDone) return [];
    this.#nowMs = nowMs;
    const actions: MetadataAction[] = [];
    switch (event.type) {
      case 'peer-ready':
        this.#join(event.peer, event.metadataSize);
        break;
      case 'peer-left':
        this.#leave(event.peer);
        break;
      case 'message-received':
        this.#receive(event.peer, event.message, nowMs, actions);
        break;
      case 'time-passed':
        break;
    }
    if (this.#isDone) return actions;
    this.#expire(nowMs);
    this.#ask(nowMs, actions);
    return actions;
  }

  #join(key: PeerKey, size: number): void {
    if (this.#peers.get(key)?.size === size) return;
    this.#leave(key);
    // A size beyond all bounds is as good as none: the peer is not asked.
    const isPossible = Number.isSafeInteger(size) && size > 0 && size <= this.#bytesMax;
    if (!isPossible || this.#peers.size >= LIMITS.metadataPeersMax) return;
    this.#peers.set(key, { size, waiting: new Map(), asked: new Set(), failures: 0, restUntilMs: 0 });
  }

  #leave(key: PeerKey): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    this.#peers.delete(key);
    const assembly = this.#assemblies.get(peer.size);
    for (const part of peer.waiting.keys()) assembly?.unask(part);
    // What it gave stays: it may be right.
    assembly?.excuse(key);
  }

  #receive(key: PeerKey, message: MetadataMessage, nowMs: number, actions: MetadataAction[]): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    if (message.kind === 'reject' && peer.waiting.has(message.part)) this.#fail(key, peer, message.part, nowMs);
    // Only what was asked is looked at: a part that was not asked for costs nothing and proves nothing.
    if (message.kind === 'data' && peer.asked.has(message.part)) this.#take(key, peer, message, nowMs, actions);
  }

  #take(
    key: PeerKey,
    peer: Peer,
    { part, totalLength, bytes }: DataMessage,
    nowMs: number,
    actions: MetadataAction[],
  ): void {
    const assembly = this.#assemblies.get(peer.size);
    if (peer.waiting.delete(part)) assembly?.unask(part);
    if (assembly === undefined || !assembly.admits(key)) return;
    if (totalLength !== undefined && totalLength !== peer.size) this.#blame(key, 'size-changed', actions);
    else if (bytes.length !== assembly.lengthOf(part)) this.#blame(key, 'wrong-part-length', actions);
    else {
      peer.failures = 0;
      assembly.store(part, key, bytes, nowMs);
      if (assembly.isComplete) this.#judge(peer.size, assembly, actions);
    }
  }

  #judge(size: number, assembly: MetadataAssembly, actions: MetadataAction[]): void {
    const metadata = assembly.join();
    if (this.#verify(metadata)) {
      this.#isDone = true;
      this.#peers.clear();
      this.#assemblies.clear();
      actions.push({ type: 'deliver-metadata', metadata });
      return;
    }
    const contributors = assembly.contributors();
    this.#forgetAsked(size);
    // Several: one of them lied, or all. From now on one alone, so that the next failure has a name.
    assembly.startAgainFromOne();
    if (contributors.length === 1) this.#blame(contributors[0]!, 'wrong-hash', actions);
  }

  #blame(key: PeerKey, blame: MetadataBlame, actions: MetadataAction[]): void {
    this.#leave(key);
    actions.push({ type: 'blame-peer', peer: key, blame });
  }

  #fail(key: PeerKey, peer: Peer, part: number, nowMs: number): void {
    peer.waiting.delete(part);
    peer.restUntilMs = nowMs + LIMITS.metadataRestMs * 2 ** Math.min(peer.failures++, LIMITS.metadataRestDoublingsMax);
    const assembly = this.#assemblies.get(peer.size);
    assembly?.unask(part);
    if (assembly?.excuse(key) !== true) return;
    peer.waiting.clear();
    peer.asked.clear();
  }

  #expire(nowMs: number): void {
    for (const [key, peer] of this.#peers) {
      for (const [part, untilMs] of peer.waiting) if (untilMs <= nowMs) this.#fail(key, peer, part, nowMs);
    }
  }

  #ask(nowMs: number, actions: MetadataAction[]): void {
    // Those that failed least go first: else two that never send a part could pass it to and fro past the one that would.
    const byFailures = [...this.#peers].sort(([, one], [, other]) => one.failures - other.failures);
    for (const [key, peer] of byFailures) {
      if (peer.restUntilMs > nowMs) continue;
      const assembly = this.#assemblyFor(peer.size, nowMs);
      if (assembly?.admits(key) !== true) continue;
      while (peer.waiting.size < LIMITS.metadataPipelineMax) {
        const part = assembly.askNext();
        if (part === undefined) break;
        peer.waiting.set(part, nowMs + LIMITS.metadataPartTimeoutMs);
        peer.asked.add(part);
        actions.push({ type: 'request-part', peer: key, part });
      }
    }
  }

  /** Room is for a few sizes: those that most peers declare, as long as they get on. */
  #assemblyFor(size: number, nowMs: number): MetadataAssembly | undefined {
    const known = this.#assemblies.get(size);
    if (known !== undefined) return known;
    if (this.#assemblies.size >= LIMITS.metadataSizesMax) {
      const followers = this.#countPeers(size);
      const weaker = [...this.#assemblies].find(([other, { progressMs }]) => {
        return nowMs - progressMs >= LIMITS.metadataStallMs || this.#countPeers(other) < followers;
      });
      if (weaker === undefined) return undefined;
      this.#assemblies.delete(weaker[0]);
      this.#forgetAsked(weaker[0]);
    }
    const assembly = new MetadataAssembly(size, nowMs);
    this.#assemblies.set(size, assembly);
    return assembly;
  }

  #countPeers(size: number): number {
    let count = 0;
    for (const peer of this.#peers.values()) if (peer.size === size) count++;
    return count;
  }

  #forgetAsked(size: number): void {
    for (const peer of this.#peers.values()) {
      if (peer.size !== size) continue;
      peer.waiting.clear();
      peer.asked.clear();
    }
  }
}
