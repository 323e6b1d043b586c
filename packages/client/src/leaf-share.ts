import type { HashFunction, HashTree } from '@unchoke/metainfo';
import type { Block } from '@unchoke/pieces';
import type { HashRange } from '@unchoke/wire';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Scene } from './scene.js';

const BLOCK_BYTES = 16_384;
const HASH_LENGTH = 32;

interface Job {
  readonly peer: Peer;
  readonly range: HashRange;
  readonly tree: HashTree;
  /** What is left to be read of the piece, in its order. */
  readonly blocks: Block[];
  /** Zeros for blocks beyond the end of the file. */
  readonly leaves: Uint8Array;
  hashedCount: number;
  loading: Block | undefined;
}

/**
 * Hashes of blocks for who wants to know which block of a piece is false (BEP 52, hash request, base layer 0). They stand nowhere,
 * so that the piece is read and hashed: one at a time, block by block, and so seldom that nobody can wear out the disk with it.
 */
export class LeafShare {
  readonly #scene: Scene;
  readonly #sha256: HashFunction | undefined;
  readonly #readyMs = new WeakMap<Peer, number>();
  #nextMs = 0;
  #job: Job | undefined;

  constructor(scene: Scene, sha256: HashFunction | undefined) {
    this.#scene = scene;
    this.#sha256 = sha256;
  }

  /** Whether the peer will be answered, later. */
  begin(
    peer: Peer,
    range: HashRange,
    tree: HashTree,
    file: { readonly offset: number; readonly length: number },
  ): boolean {
    const { nowMs } = this.#scene;
    const { blocksPerPiece } = tree;
    const isBusy = this.#job !== undefined && this.#scene.peers.get(this.#job.peer.key) === this.#job.peer;
    const isSoon = nowMs < this.#nextMs || nowMs < (this.#readyMs.get(peer) ?? 0);
    if (isBusy || isSoon || this.#sha256 === undefined) return false;
    if (blocksPerPiece > LIMITS.leafBlocksMax || range.length > blocksPerPiece) return false;
    const blocks = this.#blocksAt(Math.floor(range.index / blocksPerPiece), blocksPerPiece, file);
    if (blocks.length === 0) return false;
    this.#nextMs = nowMs + LIMITS.leafRestMs;
    this.#readyMs.set(peer, nowMs + LIMITS.leafPeerRestMs);
    const leaves = new Uint8Array(blocksPerPiece * HASH_LENGTH);
    this.#job = { peer, range, tree, blocks, leaves, hashedCount: 0, loading: undefined };
    this.#loadNext(this.#job);
    return true;
  }

  /** Whether it was this that the block was read for. */
  loaded(block: Block, bytes: Uint8Array | undefined): boolean {
    const job = this.#job;
    if (job === undefined || job.loading !== block) return false;
    if (bytes === undefined) this.#finish(job, undefined);
    else {
      job.leaves.set(this.#sha256!(bytes), job.hashedCount++ * HASH_LENGTH);
      if (job.blocks.length > 0) this.#loadNext(job);
      else this.#finish(job, job.tree.leafRun(job.range, job.leaves));
    }
    return true;
  }

  #loadNext(job: Job): void {
    job.loading = job.blocks.shift()!;
    this.#scene.do({ type: 'load-block', peer: job.peer.key, block: job.loading });
  }

  #finish({ peer, range }: Job, hashes: Uint8Array | undefined): void {
    this.#job = undefined;
    if (hashes === undefined) this.#scene.send(peer, { type: 'hash-reject', ...range });
    else this.#scene.send(peer, { type: 'hashes', ...range, hashes });
  }

  /** Those of a piece of the file, as far as the file goes; none when the piece is not here. */
  #blocksAt(
    pieceOfFile: number,
    blocksPerPiece: number,
    file: { readonly offset: number; readonly length: number },
  ): Block[] {
    const { geometry, picker } = this.#scene;
    const pieceBytes = blocksPerPiece * BLOCK_BYTES;
    const piece = geometry.pieceAt(file.offset / pieceBytes + pieceOfFile);
    const end = Math.min(file.length - pieceOfFile * pieceBytes, pieceBytes);
    if (piece === undefined || end <= 0 || !picker.have.has(piece)) return [];
    const blocks: Block[] = [];
    for (let begin = 0; begin < end; begin += BLOCK_BYTES) {
      blocks.push({ piece, begin, length: Math.min(BLOCK_BYTES, end - begin) });
    }
    return blocks;
  }
}
