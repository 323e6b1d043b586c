import { Bitfield, BLOCK_BYTES, type Block, Geometry, type PeerKey, Picker } from '../src/index.js';
import { randomFrom } from './random-from.js';

/** One peer: how long it takes for a block, how far that is misjudged, and after how many blocks it falls silent. */
export interface PacedPeer {
  readonly paceMs: number;
  readonly misjudged: number;
  readonly silentAfter: number;
}

export interface PacedSetting {
  readonly seed: number;
  readonly pieceCount: number;
  readonly blocksPerPiece: number;
  readonly depth: number;
  /** One way. */
  readonly latencyMs: number;
  readonly patienceMs: number;
  readonly peers: readonly PacedPeer[];
}

interface Line extends PacedPeer {
  readonly key: PeerKey;
  readonly queue: Block[];
  isBusy: boolean;
  /** A block that is being sent when this changes is not sent to its end. */
  turn: number;
  sentCount: number;
  waitingSinceMs: number;
  isGivenUp: boolean;
}

/**
 * A picker with seeds that answer in order, each at its pace, over lines that take time; a cancel takes back what was not sent
 * whole. Pure and exact: the same setting gives the same run.
 */
export class PacedSwarm {
  readonly picker: Picker;
  duplicates = 0;
  nowMs = 0;
  private readonly setting: PacedSetting;
  private readonly lines: readonly Line[];
  private readonly events: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(setting: PacedSetting) {
    const { pieceCount, blocksPerPiece, seed, peers } = setting;
    const pieceLength = blocksPerPiece * BLOCK_BYTES;
    const geometry = new Geometry({ totalLength: pieceCount * pieceLength, pieceLength });
    this.setting = setting;
    this.picker = new Picker(geometry, Bitfield.empty(pieceCount), randomFrom(seed));
    this.lines = peers.map((peer, key) => ({
      ...peer,
      key,
      queue: [],
      isBusy: false,
      turn: 0,
      sentCount: 0,
      waitingSinceMs: 0,
      isGivenUp: false,
    }));
    for (const { key } of this.lines) {
      this.picker.peerJoined(key, 'everything');
      this.picker.peerUnchoked(key);
    }
  }

  /** Until nothing happens any more. */
  run(): void {
    this.fillAll();
    while (!this.picker.isComplete && this.events.length > 0) {
      const next = this.events.reduce((first, event) => (event.atMs < first.atMs ? event : first));
      this.events.splice(this.events.indexOf(next), 1);
      this.nowMs = next.atMs;
      next.run();
    }
  }

  private fillAll(): void {
    for (const line of this.lines) this.fill(line);
  }

  private fill(line: Line): void {
    if (line.isGivenUp) return;
    const before = this.picker.requestCountOf(line.key);
    const blocks = this.picker.pick(line.key, this.setting.depth - before, { timeLeftMs: this.timeLeftMs });
    if (blocks.length === 0) return;
    if (before === 0) this.waitFor(line);
    this.after(this.setting.latencyMs, () => {
      line.queue.push(...blocks);
      this.send(line);
    });
  }

  /** As the client judges it: by the pace so far, which is not quite right. */
  private readonly timeLeftMs = (key: PeerKey, position: number): number => {
    const line = this.lines[key]!;
    const waitedMs = this.picker.requestCountOf(key) > 0 ? this.nowMs - line.waitingSinceMs : 0;
    const paceMs = line.paceMs * line.misjudged;
    return waitedMs > 2 * paceMs ? position * waitedMs : position * paceMs - Math.min(waitedMs, paceMs);
  };

  private waitFor(line: Line): void {
    line.waitingSinceMs = this.nowMs;
    const sinceMs = this.nowMs;
    this.after(this.setting.patienceMs, () => {
      if (line.waitingSinceMs !== sinceMs || this.picker.requestCountOf(line.key) === 0) return;
      line.isGivenUp = true;
      for (const block of this.picker.requestsOf(line.key)) this.picker.releaseBlock(line.key, block, 'timed-out');
      this.fillAll();
    });
  }

  private send(line: Line): void {
    const block = line.queue[0];
    if (line.isBusy || block === undefined || line.sentCount >= line.silentAfter) return;
    line.isBusy = true;
    const { turn } = line;
    this.after(line.paceMs, () => {
      if (line.turn !== turn) return;
      line.queue.shift();
      line.isBusy = false;
      line.sentCount++;
      this.after(this.setting.latencyMs, () => this.arrive(line, block));
      this.send(line);
    });
  }

  private arrive(line: Line, block: Block): void {
    const { outcome, cancels } = this.picker.blockArrived(line.key, block);
    if (outcome === 'duplicate' || outcome === 'unrequested') this.duplicates++;
    if (outcome === 'piece-filled') this.picker.pieceVerified(block.piece);
    for (const { peer } of cancels) this.after(this.setting.latencyMs, () => this.takeBack(this.lines[peer]!, block));
    this.waitFor(line);
    this.fillAll();
  }

  private takeBack(line: Line, { piece, begin }: Block): void {
    const at = line.queue.findIndex((block) => block.piece === piece && block.begin === begin);
    if (at === -1) return;
    line.queue.splice(at, 1);
    if (at > 0) return;
    line.turn++;
    line.isBusy = false;
    this.send(line);
  }

  private after(delayMs: number, run: () => void): void {
    this.events.push({ atMs: this.nowMs + delayMs, run });
  }
}
