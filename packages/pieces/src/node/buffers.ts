import { LEAVING_BYTES_MAX } from './limits.js';
import type { SharedPool } from './shared-pool.js';

/** A buffer that is in use. */
export interface Lease {
  readonly bytes: Uint8Array;
  /** The torrent that has it. */
  readonly owner: number;
  /** When the owner last put something in. */
  touchedAt: number;
  /** A job is under way, after which the buffer is free again. Set by `leave`. */
  isLeaving: boolean;
  /** Asks the owner to put what it holds on disk and give the buffer back. */
  readonly spill: () => void;
}

/**
 * All memory of the write path: buffers shared with the threads, at most what the pool has. When none is left, the
 * one that was filled longest ago is asked to empty itself to disk, so that pieces nobody finishes cannot hold up the
 * others. No torrent of several gets more than three quarters: one whose disk is at fault keeps what it has.
 */
export class Buffers {
  private readonly pool: SharedPool;
  private readonly leases = new Set<Lease>();
  /** Bytes of each torrent. */
  private readonly owned = new Map<number, number>();
  private readonly waiting: (() => void)[] = [];
  /** … and of those, in buffers that are leaving. Of each its own: a disk at fault must not hold up another. */
  private readonly leaving = new Map<number, number>();
  private clock = 0;

  constructor(pool: SharedPool) {
    this.pool = pool;
  }

  /** A torrent that will take buffers. */
  join(owner: number): void {
    this.owned.set(owner, 0);
    this.leaving.set(owner, 0);
  }

  /** It has given all of them back. */
  part(owner: number): void {
    this.owned.delete(owner);
    this.leaving.delete(owner);
  }

  /** A buffer of that length; undefined when memory is used up: come back after `whenFree`. */
  take(length: number, owner: number, spill: () => void): Lease | undefined {
    if (this.isBusy(length, owner)) return undefined;
    const held = this.owned.get(owner)!;
    const share = this.shareOf();
    const bytes = held + length <= share ? this.pool.take(length) : undefined;
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

  /** What is in the buffer is on its way to disk, or after all it is not. */
  leave(lease: Lease, isLeaving: boolean): void {
    if (lease.isLeaving === isLeaving) return;
    lease.isLeaving = isLeaving;
    const change = isLeaving ? lease.bytes.length : -lease.bytes.length;
    this.leaving.set(lease.owner, this.leaving.get(lease.owner)! + change);
  }

  giveBack(lease: Lease): void {
    if (!this.leases.delete(lease)) return;
    this.leave(lease, false);
    const { bytes, owner } = lease;
    this.owned.set(owner, this.owned.get(owner)! - bytes.length);
    this.pool.giveBack(bytes);
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Settles when the torrent can take a buffer of that length, or at least could a moment ago. */
  whenFree(length: number, owner: number): Promise<void> {
    if (this.isBusy(length, owner)) return new Promise((resolve) => this.waiting.push(resolve));
    const held = this.owned.get(owner) ?? 0;
    const inUse = [...this.owned.values()].reduce((sum, bytes) => sum + bytes, 0);
    if (held + length <= this.shareOf() && inUse + length <= this.pool.bytesMax) return Promise.resolve();
    this.spillOldest(held + length > this.shareOf() ? owner : undefined);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The threads have enough to do: more would only wait, in memory that was not touched so far. */
  private isBusy(length: number, owner: number): boolean {
    return (this.leaving.get(owner) ?? 0) >= Math.max(LEAVING_BYTES_MAX, 2 * length);
  }

  private shareOf(): number {
    return this.owned.size > 1 ? (this.pool.bytesMax * 3) / 4 : this.pool.bytesMax;
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
