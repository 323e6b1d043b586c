import type { PeerKey, TorrentEvent } from '@unchoke/client';
import type { Block, PartialPiece, PieceIndex } from '@unchoke/pieces';
import type { Content } from './content.js';
import { VirtualDisk } from './virtual-disk.js';
import type { VirtualTime } from './virtual-time.js';

/** What a disk needs of the member it belongs to; ends with a crash. */
export interface DiskLife {
  readonly time: VirtualTime;
  readonly diskMs: number;
  /** What was verified is durable so much later. */
  readonly flushMs: number;
  readonly randomBelow: (bound: number) => number;
  readonly deliver: (event: TorrentEvent) => void;
  /** What is really given to peers; undefined for no answer at all. */
  readonly serve: (block: Block, bytes: Uint8Array) => Uint8Array | undefined;
}

/**
 * A disk as the storage of the client presents it: everything takes time, a disk at fault holds what it was given until the
 * fault is gone, and what was verified is durable a little later.
 */
export class MemberDisk {
  readonly #content: Content;
  readonly #disk: VirtualDisk;
  #life: DiskLife;
  #faults = 0;
  /** Everything takes so many times as long. */
  slowness = 1;
  /** Calls until one fails: a read is not answered, a write is a fault for a while. */
  failAfter: number = Number.POSITIVE_INFINITY;
  #held: (() => void)[] = [];
  #isFlushDue = false;

  constructor(content: Content, life: DiskLife) {
    this.#content = content;
    this.#disk = new VirtualDisk(content);
    this.#life = life;
  }

  fill(): void {
    for (let piece = 0; piece < this.#content.geometry.pieceCount; piece++) this.#disk.fill(piece as PieceIndex);
  }

  /** Found right here by its hash, and not lost since. */
  has(piece: number): boolean {
    return this.#disk.verified.has(piece);
  }

  get isAtFault(): boolean {
    return this.#faults > 0;
  }

  isRight(piece: PieceIndex): boolean {
    return this.#disk.isRight(piece);
  }

  /** Right, or wrong only by what the disk did to it since. */
  isAsLeft(piece: PieceIndex): boolean {
    return this.#disk.isRight(piece) || this.#disk.rotten.has(piece);
  }

  partials(): readonly PartialPiece[] {
    return this.#disk.partials();
  }

  store(block: Block, bytes: Uint8Array): void {
    if (this.#fails()) this.faultFor(10_000, 'EIO: i/o error, write');
    if (this.#faults === 0) this.#disk.store(block, bytes);
    else {
      const kept = new Uint8Array(bytes);
      this.#held.push(() => this.#disk.store(block, kept));
    }
  }

  /** Sees every block that was stored before; waits for the end of a fault. */
  verify(piece: PieceIndex, blockDigests: boolean): void {
    const life = this.#life;
    const finish = (): void => {
      const digests = blockDigests ? this.#disk.digestsOf(piece) : undefined;
      const isValid = this.#disk.verify(piece);
      if (isValid) this.#flushSoon();
      life.deliver({ type: 'piece-verified', piece, isValid, blockDigests: digests });
    };
    life.time.after(life.diskMs * this.slowness, () => {
      if (life !== this.#life) return;
      if (this.#faults === 0) finish();
      else this.#held.push(finish);
    });
  }

  load(peer: PeerKey, block: Block): void {
    const life = this.#life;
    const isFailing = this.#fails();
    life.time.after(life.diskMs * this.slowness, () => {
      if (life !== this.#life) return;
      const bytes = isFailing ? undefined : this.#disk.load(block);
      if (bytes === undefined) life.deliver({ type: 'block-loaded', peer, block, bytes });
      else {
        const served = life.serve(block, bytes);
        if (served !== undefined) life.deliver({ type: 'block-loaded', peer, block, bytes: served });
      }
    });
  }

  /** Takes nothing for so long; what it is given meanwhile is done afterwards. */
  faultFor(durationMs: number, problem: string): void {
    const life = this.#life;
    if (this.#faults++ === 0) life.deliver({ type: 'storage-stalled', problem });
    life.time.after(durationMs, () => {
      if (life !== this.#life || --this.#faults > 0) return;
      const held = this.#held;
      this.#held = [];
      for (const work of held) work();
      life.deliver({ type: 'storage-ready' });
    });
  }

  /** Somebody deletes a file, and the storage notices. */
  lose(pieces: readonly PieceIndex[]): void {
    const lost = pieces.filter((piece) => this.has(piece));
    for (const piece of lost) this.#disk.lose(piece);
    if (lost.length > 0) this.#life.deliver({ type: 'pieces-lost', pieces: lost });
  }

  /** Changes a piece that is here, behind everybody's back. */
  rot(piece: PieceIndex): boolean {
    if (!this.has(piece)) return false;
    this.#disk.rot(piece, this.#life.randomBelow);
    return true;
  }

  /** Pieces that it changed and nobody has found yet. */
  get rotten(): readonly PieceIndex[] {
    return [...this.#disk.rotten];
  }

  /** What was not durable is gone; the next life begins with a healthy disk. */
  crash(next: DiskLife): void {
    this.#disk.crash(() => next.randomBelow(2) === 0);
    this.#life = next;
    this.#faults = 0;
    this.#held = [];
    this.#isFlushDue = false;
    this.slowness = 1;
    this.failAfter = Number.POSITIVE_INFINITY;
  }

  #fails(): boolean {
    if (--this.failAfter > 0) return false;
    this.failAfter = Number.POSITIVE_INFINITY;
    return true;
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    const life = this.#life;
    life.time.after(life.flushMs, () => {
      if (life !== this.#life) return;
      this.#isFlushDue = false;
      if (this.#faults === 0) this.#disk.flush();
      else this.#flushSoon();
    });
  }
}
