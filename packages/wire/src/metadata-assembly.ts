import { METADATA_PART_LENGTH } from './extensions/metadata-message.js';

/** The parts of metadata of one declared size: which are here and from whom, which are asked for, and who may be asked. */
export class MetadataAssembly {
  readonly #size: number;
  readonly #partCount: number;
  readonly #parts = new Map<number, { readonly bytes: Uint8Array; readonly from: number }>();
  readonly #asked = new Set<number>();
  #isSolo = false;
  #soloist: number | undefined;
  /** When a part was stored last, or when this began. */
  progressMs: number;

  constructor(size: number, nowMs: number) {
    this.#size = size;
    this.#partCount = Math.ceil(size / METADATA_PART_LENGTH);
    this.progressMs = nowMs;
  }

  get isComplete(): boolean {
    return this.#parts.size === this.#partCount;
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const part of this.#parts.values()) bytes += part.bytes.length;
    return bytes;
  }

  /** Bytes of a part: all have 16 KiB but the last (BEP 9, metadata). */
  lengthOf(part: number): number {
    return Math.min(METADATA_PART_LENGTH, this.#size - part * METADATA_PART_LENGTH);
  }

  /** Whether this peer may be asked and heard now. When only one may, and none does, it is this one. */
  admits(peer: number): boolean {
    if (this.#isSolo) this.#soloist ??= peer;
    return !this.#isSolo || this.#soloist === peer;
  }

  /** Marks a part that is neither here nor asked for as asked for, if there is one. */
  askNext(): number | undefined {
    if (this.#parts.size + this.#asked.size >= this.#partCount) return undefined;
    let part = 0;
    while (this.#parts.has(part) || this.#asked.has(part)) part++;
    this.#asked.add(part);
    return part;
  }

  /** The part is not on its way any more. */
  unask(part: number): void {
    this.#asked.delete(part);
  }

  /** Keeps a copy, unless the part is here already. */
  store(part: number, from: number, bytes: Uint8Array, nowMs: number): void {
    this.#asked.delete(part);
    if (this.#parts.has(part)) return;
    this.#parts.set(part, { bytes: new Uint8Array(bytes), from });
    this.progressMs = nowMs;
  }

  /** All of it. The first allocation of the declared size, made when as many bytes have really come. */
  join(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    for (const [part, { bytes }] of this.#parts) whole.set(bytes, part * METADATA_PART_LENGTH);
    return whole;
  }

  contributors(): readonly number[] {
    return [...new Set(Array.from(this.#parts.values(), ({ from }) => from))];
  }

  /** Throws away what is here; from now on all parts come from one peer at a time. */
  startAgainFromOne(): void {
    this.#isSolo = true;
    this.#startAgain();
  }

  /** The peer failed or left. If all had to come from it, that begins anew with another; says whether it does. */
  excuse(peer: number): boolean {
    if (this.#soloist !== peer) return false;
    this.#startAgain();
    return true;
  }

  #startAgain(): void {
    this.#soloist = undefined;
    this.#parts.clear();
    this.#asked.clear();
  }
}
