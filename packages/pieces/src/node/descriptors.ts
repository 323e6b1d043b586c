import type { FileSystem } from './file-system.js';
import { DESCRIPTOR_COUNT_MIN } from './limits.js';

interface Held {
  readonly descriptor: number;
  readonly isWritable: boolean;
  pins: number;
  isOrphan: boolean;
}

/**
 * The open files of one thread, at most `countMax` at once: the longest unused one is closed to make room. Pinned ones
 * (a sync is under way) are spared.
 */
export class Descriptors {
  private readonly fs: FileSystem;
  private readonly countMax: number;
  /** In order of use. */
  private readonly held = new Map<string, Held>();

  constructor(fs: FileSystem, countMax: number) {
    this.fs = fs;
    this.countMax = Math.max(DESCRIPTOR_COUNT_MIN, countMax);
  }

  get count(): number {
    return this.held.size;
  }

  /** The descriptor of the file; `open` is called when there is none yet, or only one that cannot write. */
  use(key: string, isWritable: boolean, open: () => number): number {
    const known = this.held.get(key);
    if (known !== undefined && (known.isWritable || !isWritable)) {
      this.held.delete(key);
      this.held.set(key, known);
      return known.descriptor;
    }
    if (known !== undefined) this.close(key, known);
    while (this.held.size >= this.countMax && this.closeOldest());
    const descriptor = this.openWithRoom(open);
    this.held.set(key, { descriptor, isWritable, pins: 0, isOrphan: false });
    return descriptor;
  }

  /** Keeps the descriptor open until `release`. It was just returned by `use`. */
  pin(key: string): () => void {
    const held = this.held.get(key)!;
    held.pins++;
    return () => {
      held.pins--;
      if (held.isOrphan && held.pins === 0) this.fs.close(held.descriptor);
    };
  }

  /** Closes all whose key begins so; what one of them throws is thrown when all are closed. */
  closeAll(prefix: string): void {
    let failure: unknown;
    for (const [key, held] of [...this.held]) {
      if (!key.startsWith(prefix)) continue;
      try {
        this.close(key, held);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** The rest of the process uses descriptors too: when none is left, ours make room. */
  private openWithRoom(open: () => number): number {
    for (;;) {
      try {
        return open();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if ((code !== 'EMFILE' && code !== 'ENFILE') || !this.closeOldest()) throw error;
      }
    }
  }

  private closeOldest(): boolean {
    for (const [key, held] of this.held) {
      if (held.pins > 0) continue;
      this.close(key, held);
      return true;
    }
    return false;
  }

  private close(key: string, held: Held): void {
    // A descriptor whose close failed is gone all the same (POSIX leaves it unspecified, Linux closes it).
    this.held.delete(key);
    if (held.pins > 0) held.isOrphan = true;
    else this.fs.close(held.descriptor);
  }
}
