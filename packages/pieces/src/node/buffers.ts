/** A buffer that is in use. */
export interface Lease {
  readonly bytes: Uint8Array;
  /** The torrent that has it. */
  readonly owner: number;
  /** When the owner last put something in. */
  touchedAt: number;
  /** A job is under way, after which the buffer is free again. */
  isLeaving: boolean;
  /** Asks the owner to put what it holds on disk and give the buffer back. */
  readonly spill: () => void;
}

/**
 * All memory of the write path: buffers shared with the threads, at most `bytesMax` together. When none is left, the
 * one that was filled longest ago is asked to empty itself to disk, so that pieces nobody finishes cannot hold up the
 * others. No torrent of several gets more than three quarters: one whose disk is at fault keeps what it has.
 */
export class Buffers {
  readonly bytesMax: number;
  private readonly free = new Map<number, Uint8Array[]>();
  private readonly leases = new Set<Lease>();
  /** Bytes of each torrent. */
  private readonly owned = new Map<number, number>();
  private readonly waiting: (() => void)[] = [];
  private allocated = 0;
  private peak = 0;
  private clock = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Bytes allocated at the worst moment. */
  get peakBytes(): number {
    return this.peak;
  }

  /** A torrent that will take buffers. */
  join(owner: number): void {
    this.owned.set(owner, 0);
  }

  /** It has given all of them back. */
  leave(owner: number): void {
    this.owned.delete(owner);
  }

  /** A buffer of that length; undefined when memory is used up: come back after `whenFree`. */
  take(length: number, owner: number, spill: () => void): Lease | undefined {
    const held = this.owned.get(owner)!;
    const share = this.shareOf();
    const bytes = held + length <= share ? (this.free.get(length)?.pop() ?? this.allocate(length)) : undefined;
    if (bytes === undefined) {
      this.spillOldest(held + length > share ? owner : undefined);
      return undefined;
    }
    const lease: Lease = { bytes, owner, touchedAt: ++this.clock, isLeaving: false, spill };
    this.leases.add(lease);
    this.owned.set(owner, held + length);
    return lease;
  }

  touch(lease: Lease): void {
    lease.touchedAt = ++this.clock;
  }

  giveBack(lease: Lease): void {
    if (!this.leases.delete(lease)) return;
    const { bytes, owner } = lease;
    this.owned.set(owner, this.owned.get(owner)! - bytes.length);
    const list = this.free.get(bytes.length);
    if (list === undefined) this.free.set(bytes.length, [bytes]);
    else list.push(bytes);
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Settles when the torrent can take a buffer of that length, or at least could a moment ago. */
  whenFree(length: number, owner: number): Promise<void> {
    const held = this.owned.get(owner) ?? 0;
    const inUse = [...this.owned.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (held + length <= this.shareOf() && inUse + length <= this.bytesMax) return Promise.resolve();
    this.spillOldest(held + length > this.shareOf() ? owner : undefined);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private shareOf(): number {
    return this.owned.size > 1 ? (this.bytesMax * 3) / 4 : this.bytesMax;
  }

  private allocate(length: number): Uint8Array | undefined {
    while (this.allocated + length > this.bytesMax && this.dropFree());
    if (this.allocated + length > this.bytesMax) return undefined;
    this.allocated += length;
    this.peak = Math.max(this.peak, this.allocated);
    return new Uint8Array(new SharedArrayBuffer(length));
  }

  /** Lets go of a free buffer of a length nobody asks for now. */
  private dropFree(): boolean {
    for (const [length, list] of this.free) {
      if (list.pop() === undefined) continue;
      this.allocated -= length;
      return true;
    }
    return false;
  }

  private spillOldest(owner: number | undefined): void {
    let oldest: Lease | undefined;
    for (const lease of this.leases) {
      if (owner !== undefined && lease.owner !== owner) continue;
      if (lease.isLeaving) return;
      if (oldest === undefined || lease.touchedAt < oldest.touchedAt) oldest = lease;
    }
    oldest?.spill();
  }
}
