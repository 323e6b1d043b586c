import {
  Bitfield,
  BLOCK_BYTES,
  type Block,
  Geometry,
  type PeerKey,
  Picker,
  type PickerOptions,
  type PickOptions,
  type PieceIndex,
  type PieceStatus,
} from '../src/index.js';
import { randomFrom } from './random-from.js';

export interface Drawing {
  /** A sign a piece, spaces ignored: `#` had, `-` unwanted, `.` missing, a digit: so many blocks held already. */
  readonly have: string;
  /** What each peer holds: `#` or `.` a piece. A name that ends in `!` is a peer that chokes us. */
  readonly peers: Readonly<Record<string, string>>;
  /** A digit a piece, 1 to 7; without it all pieces are equal. */
  readonly priorities?: string;
  readonly blocksPerPiece?: number;
  readonly options?: PickerOptions;
  readonly seed?: number;
}

const SIGNS: Readonly<Record<PieceStatus, string>> = {
  have: '#',
  missing: '.',
  partial: 'p',
  verifying: 'v',
  unwanted: '-',
};

/** Draws a swarm as strings, and answers in strings: `2.0` is the first block of piece 2. */
export function drawSwarm(drawing: Drawing): DrawnSwarm {
  return new DrawnSwarm(drawing);
}

export class DrawnSwarm {
  readonly picker: Picker;
  readonly geometry: Geometry;
  private readonly keys: Map<string, PeerKey> = new Map();

  constructor({ have, peers, priorities, blocksPerPiece = 2, options, seed = 1 }: Drawing) {
    const signs = signsOf(have);
    const pieceLength = blocksPerPiece * BLOCK_BYTES;
    this.geometry = new Geometry({ totalLength: signs.length * pieceLength, pieceLength });
    const rules = { randomFirstPieces: 0, ...options };
    this.picker = new Picker(this.geometry, this.field(signs), randomFrom(seed), rules);
    if (priorities !== undefined) this.picker.setPriorities(signsOf(priorities).map(Number));
    const held = signs.map((sign, piece) => ({ piece: piece as PieceIndex, count: Number(sign) }));
    this.picker.importPartials(
      held
        .filter(({ count }) => count > 0)
        .map(({ piece, count }) => ({ piece, blocks: firstBits(count, blocksPerPiece) })),
    );
    signs.forEach((sign, piece) => {
      if (sign === '-') this.picker.setPriority(piece as PieceIndex, 0);
    });
    for (const [name, pieces] of Object.entries(peers)) this.join(name, pieces);
  }

  join(name: string, pieces: string): void {
    const key = this.keys.size;
    this.keys.set(name.replace('!', ''), key);
    this.picker.peerJoined(key, this.field(signsOf(pieces)));
    if (!name.endsWith('!')) this.picker.peerUnchoked(key);
  }

  key(name: string): PeerKey {
    return this.keys.get(name)!;
  }

  piece(index: number): PieceIndex {
    return this.geometry.pieceAt(index)!;
  }

  block(text: string): Block {
    const [piece, index] = text.split('.').map(Number);
    return this.geometry.blockOf(this.piece(piece!), index!);
  }

  pick(name: string, count: number, options?: PickOptions): string {
    return this.text(this.picker.pick(this.key(name), count, options));
  }

  /** The piece the peer begins or goes on with. */
  pickPiece(name: string): number | undefined {
    return this.picker.pick(this.key(name), 1)[0]?.piece;
  }

  /** The blocks arrive, in order; the outcome of the last one, then whose requests to cancel. */
  arrive(name: string, blocks: string): string {
    let text = '';
    for (const block of blocks.split(' ')) {
      const { outcome, cancels } = this.picker.blockArrived(this.key(name), this.block(block));
      const others = cancels.map(({ peer, block: other }) => ` cancel ${this.name(peer)} ${this.text([other])}`);
      text = outcome + others.join('');
    }
    return text;
  }

  /** Everything requested from the peer arrives, and pieces that are filled are verified. */
  deliver(name: string): void {
    for (const block of this.picker.requestsOf(this.key(name))) {
      if (this.picker.blockArrived(this.key(name), block).outcome === 'piece-filled')
        this.picker.pieceVerified(block.piece);
    }
  }

  requests(name: string): string {
    return this.text(this.picker.requestsOf(this.key(name)));
  }

  /** A sign a piece: `#` had, `.` missing, `p` partial, `v` being verified, `-` unwanted. */
  draw(): string {
    return Array.from(
      { length: this.geometry.pieceCount },
      (_, piece) => SIGNS[this.picker.statusOf(this.piece(piece))],
    ).join('');
  }

  explain(name: string): string {
    const { reason, pieces } = this.picker.explain(this.key(name));
    return [reason, ...pieces].join(' ');
  }

  standsBetween(): string {
    return this.picker
      .standsBetween()
      .map(({ type, pieces }) => [type, ...pieces].join(' '))
      .join(', ');
  }

  text(blocks: Iterable<Block>): string {
    return [...blocks].map((block) => `${block.piece}.${this.geometry.blockIndexOf(block)}`).join(' ');
  }

  private name(peer: PeerKey): string {
    return [...this.keys].find(([, key]) => key === peer)![0];
  }

  private field(signs: readonly string[]): Bitfield {
    const held = signs.flatMap((sign, piece) => (sign === '#' ? [piece as PieceIndex] : []));
    return Bitfield.of(signs.length, held);
  }
}

function signsOf(text: string): string[] {
  return [...text.replaceAll(' ', '')];
}

function firstBits(count: number, length: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(length / 8));
  for (let index = 0; index < count; index++) bits[index >>> 3]! |= 0x80 >>> (index & 7);
  return bits;
}
