import type { LayerAssembly, PieceLayer } from '@unchoke/metainfo';
import type { HashRange } from '@unchoke/wire';
import type { PeerKey } from './events.js';
import { LIMITS } from './limits.js';

/** What a fetch of piece layers is told. */
export type LayerEvent =
  /** They are there, and may have hashes. */
  | { readonly type: 'peers-ready'; readonly peers: readonly PeerKey[] }
  | { readonly type: 'hashes-received'; readonly peer: PeerKey; readonly range: HashRange; readonly hashes: Uint8Array }
  | { readonly type: 'hashes-rejected'; readonly peer: PeerKey; readonly range: HashRange }
  | { readonly type: 'peer-left'; readonly peer: PeerKey }
  | { readonly type: 'time-passed' };

/** What it wants done. */
export type LayerAction =
  | { readonly type: 'request-hashes'; readonly peer: PeerKey; readonly range: HashRange }
  /** It sent hashes that do not lead to the root of the file. */
  | { readonly type: 'blame-peer'; readonly peer: PeerKey }
  /** All layers, proven. Always the last action. */
  | { readonly type: 'deliver-layers'; readonly layers: readonly PieceLayer[] };

interface Run {
  readonly id: string;
  readonly assembly: LayerAssembly;
  readonly place: number;
  readonly range: HashRange;
}

interface Peer {
  /** Asked and not answered, with the time at which waiting ends. */
  readonly waiting: Map<string, { readonly run: Run; readonly untilMs: number }>;
  /** Given up, but an answer that comes late is still welcome. */
  readonly late: Map<string, Run>;
  /** Rejects and time-outs since its last good answer. */
  failures: number;
  /** Nothing is asked before this time. */
  restUntilMs: number;
}

/**
 * Gets the piece layers of a v2 torrent from peers, run by run (BEP 52, hash request): the metadata that a magnet link leads to
 * does not have them. Every run is proven against the root of its file before it is kept, so that a liar is known at once.
 */
export class LayerFetch {
  readonly #assemblies: readonly LayerAssembly[];
  /** In the order of the files, and made when they are asked for: a torrent may have hundreds of thousands. */
  readonly #fresh: Iterator<Run>;
  /** Not answered by those who were asked. */
  readonly #returned: Run[] = [];
  readonly #peers = new Map<PeerKey, Peer>();
  #missingCount = 0;
  #nowMs = 0;

  constructor(assemblies: readonly LayerAssembly[]) {
    this.#assemblies = assemblies;
    this.#fresh = runsOf(assemblies);
    for (const { runCount } of assemblies) this.#missingCount += runCount;
  }

  /** Runs that are still to come. */
  get missingCount(): number {
    return this.#missingCount;
  }

  /** When to come back with `time-passed`, if nothing else happens before. */
  get deadlineMs(): number | undefined {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const peer of this.#missingCount === 0 ? [] : this.#peers.values()) {
      for (const { untilMs } of peer.waiting.values()) deadlineMs = Math.min(deadlineMs, untilMs);
      if (peer.restUntilMs > this.#nowMs) deadlineMs = Math.min(deadlineMs, peer.restUntilMs);
    }
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : deadlineMs;
  }

  /** Whether the peer was asked for just this. */
  awaits(key: PeerKey, range: HashRange): boolean {
    const peer = this.#peers.get(key);
    return peer !== undefined && runAskedOf(peer, range) !== undefined;
  }

  /** Something happened; what to do now. Never throws on what peers send. */
  handle(event: LayerEvent, nowMs: number): readonly LayerAction[] {
    if (this.#missingCount === 0) return [];
    this.#nowMs = nowMs;
    const actions: LayerAction[] = [];
    switch (event.type) {
      case 'peers-ready':
        for (const peer of event.peers) this.#join(peer);
        break;
      case 'hashes-received':
        this.#receive(event.peer, event.range, event.hashes, actions);
        break;
      case 'hashes-rejected':
        this.#takeReject(event.peer, event.range);
        break;
      case 'peer-left':
        this.#leave(event.peer);
        break;
      case 'time-passed':
        break;
    }
    if (this.#missingCount === 0) {
      actions.push({ type: 'deliver-layers', layers: this.#assemblies.map(joined) });
      return actions;
    }
    for (const peer of this.#peers.values()) this.#expire(peer);
    this.#ask(actions);
    return actions;
  }

  #join(key: PeerKey): void {
    if (this.#peers.has(key)) return;
    this.#peers.set(key, { waiting: new Map(), late: new Map(), failures: 0, restUntilMs: 0 });
  }

  #receive(key: PeerKey, range: HashRange, hashes: Uint8Array, actions: LayerAction[]): void {
    const peer = this.#peers.get(key);
    const run = peer === undefined ? undefined : runAskedOf(peer, range);
    // Only what was asked is looked at: what was not costs nothing and proves nothing.
    if (peer === undefined || run === undefined) return;
    peer.waiting.delete(run.id);
    peer.late.delete(run.id);
    const { assembly, place } = run;
    if (assembly.has(place)) return;
    if (assembly.take(place, hashes)) {
      peer.failures = 0;
      peer.restUntilMs = 0;
      this.#missingCount--;
      return;
    }
    this.#returned.push(run);
    this.#leave(key);
    actions.push({ type: 'blame-peer', peer: key });
  }

  #takeReject(key: PeerKey, range: HashRange): void {
    const peer = this.#peers.get(key);
    const waiting = peer?.waiting.get(idOf(range));
    if (peer === undefined || waiting === undefined || !isSame(waiting.run.range, range)) return;
    peer.waiting.delete(waiting.run.id);
    this.#returned.push(waiting.run);
    this.#rest(peer);
  }

  #leave(key: PeerKey): void {
    const peer = this.#peers.get(key);
    if (peer === undefined) return;
    this.#peers.delete(key);
    for (const { run } of peer.waiting.values()) this.#returned.push(run);
  }

  #expire(peer: Peer): void {
    for (const [id, { run, untilMs }] of peer.waiting) {
      if (untilMs > this.#nowMs) continue;
      peer.waiting.delete(id);
      peer.late.set(id, run);
      this.#returned.push(run);
      this.#rest(peer);
    }
  }

  /** It may not have them yet: others are asked, and it is asked again later. What fails together counts once. */
  #rest(peer: Peer): void {
    if (peer.restUntilMs > this.#nowMs) return;
    peer.restUntilMs = this.#nowMs + LIMITS.hashRestMs * 2 ** Math.min(peer.failures++, LIMITS.hashRestDoublingsMax);
  }

  /** Those that failed least go first; and nobody is asked for two things while somebody else is asked for none. */
  #ask(actions: LayerAction[]): void {
    const ready = [...this.#peers]
      .filter(([, { restUntilMs }]) => restUntilMs <= this.#nowMs)
      .sort(([, one], [, other]) => one.failures - other.failures);
    for (let depth = 1; depth <= LIMITS.hashPipelineMax; depth++) {
      for (const [key, peer] of ready) {
        if (peer.waiting.size >= depth) continue;
        const run = this.#next();
        if (run === undefined) return;
        peer.waiting.set(run.id, { run, untilMs: this.#nowMs + LIMITS.hashTimeoutMs });
        actions.push({ type: 'request-hashes', peer: key, range: run.range });
      }
    }
  }

  /** What somebody failed to give comes after all else, so that a peer that has only the rest is asked for that. */
  #next(): Run | undefined {
    const fresh = this.#fresh.next();
    if (fresh.done !== true) return fresh.value;
    for (let run = this.#returned.shift(); run !== undefined; run = this.#returned.shift()) {
      if (!run.assembly.has(run.place)) return run;
    }
    return undefined;
  }
}

function* runsOf(assemblies: readonly LayerAssembly[]): Generator<Run, undefined> {
  for (const assembly of assemblies) {
    for (let place = 0; place < assembly.runCount; place++) {
      const range = { piecesRoot: assembly.piecesRoot, ...assembly.runAt(place) };
      yield { id: idOf(range), assembly, place, range };
    }
  }
  return undefined;
}

function runAskedOf({ waiting, late }: Peer, range: HashRange): Run | undefined {
  const id = idOf(range);
  const run = waiting.get(id)?.run ?? late.get(id);
  return run !== undefined && isSame(run.range, range) ? run : undefined;
}

function idOf({ piecesRoot, index }: HashRange): string {
  return `${piecesRoot.join()}:${index}`;
}

/** BEP 52: an answer has the words of its request. */
function isSame(one: HashRange, other: HashRange): boolean {
  return one.baseLayer === other.baseLayer && one.length === other.length && one.proofLayers === other.proofLayers;
}

function joined(assembly: LayerAssembly): PieceLayer {
  return { piecesRoot: assembly.piecesRoot, hashes: assembly.join()! };
}
