/** Which blocks of a piece; one bit a block, the first in the highest bit, as a BEP 3 bitfield has it. */
export class BlockSet {
  readonly bits: Uint8Array;
  readonly length: number;
  private held = 0;

  constructor(length: number) {
    this.length = length;
    this.bits = new Uint8Array(Math.ceil(length / 8));
  }

  static from(bits: Uint8Array, length: number): BlockSet {
    const set = new BlockSet(length);
    for (let block = 0; block < length; block++)
      if ((bits[block >>> 3]! & (0x80 >>> (block & 7))) !== 0) set.add(block);
    return set;
  }

  get count(): number {
    return this.held;
  }

  get isFull(): boolean {
    return this.held === this.length;
  }

  has(block: number): boolean {
    return (this.bits[block >>> 3]! & (0x80 >>> (block & 7))) !== 0;
  }

  add(block: number): void {
    if (this.has(block)) return;
    this.bits[block >>> 3]! |= 0x80 >>> (block & 7);
    this.held++;
  }
}
