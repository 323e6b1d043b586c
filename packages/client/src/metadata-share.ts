import { METADATA_PART_LENGTH, type MetadataMessage, LIMITS as WIRE_LIMITS } from '@unchoke/wire';
import { LIMITS } from './limits.js';

/** Parts of the metadata for peers that came with a magnet link (BEP 9). Whoever asks for it again and again gets rejects. */
export class MetadataShare {
  readonly #metadata: Uint8Array;
  readonly #partCount: number;
  /** Parts sent, by peer. */
  readonly #sent = new WeakMap<object, number>();

  /** Metadata that is longer than any peer would take is not offered. */
  static of(metadata: Uint8Array | undefined): MetadataShare | undefined {
    if (metadata === undefined || metadata.length > WIRE_LIMITS.metadataBytesMax) return undefined;
    return new MetadataShare(metadata);
  }

  private constructor(metadata: Uint8Array) {
    this.#metadata = metadata;
    this.#partCount = Math.ceil(metadata.length / METADATA_PART_LENGTH);
  }

  get size(): number {
    return this.#metadata.length;
  }

  /** What this peer is answered. */
  answer(peer: object, part: number, isCrowded: boolean): MetadataMessage {
    const sent = this.#sent.get(peer) ?? 0;
    if (isCrowded || part >= this.#partCount || sent >= LIMITS.metadataRepeatsMax * this.#partCount) {
      return { kind: 'reject', part };
    }
    this.#sent.set(peer, sent + 1);
    const begin = part * METADATA_PART_LENGTH;
    const bytes = this.#metadata.subarray(begin, begin + METADATA_PART_LENGTH);
    return { kind: 'data', part, totalLength: this.size, bytes };
  }
}
