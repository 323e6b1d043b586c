import { nodeFileSystem } from '../../src/node/file-system.js';
import type { FileSystem } from '../../src/node/index.js';

/** What can go wrong with a call; `short` writes half of the bytes and says so. */
export type Fault = 'ENOSPC' | 'EIO' | 'EACCES' | 'EMFILE' | 'EROFS' | 'EINTR' | 'ENAMETOOLONG' | 'short';

export interface Faulty {
  readonly fileSystem: FileSystem;
  /** Calls so far. */
  readonly count: () => number;
  /** Whether the fault has happened. */
  readonly hasFailed: () => boolean;
}

/** A real file system whose n-th call, of whatever kind, fails once. */
export function failNth(nth: number, fault: Fault, real: FileSystem = nodeFileSystem): Faulty {
  let calls = 0;
  let hasFailed = false;
  const guarded = <Args extends unknown[], Result>(name: keyof FileSystem, call: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      calls++;
      if (calls !== nth) return call(...args);
      hasFailed = true;
      if (fault === 'short') {
        if (name === 'write')
          args[1] = (args[1] as Uint8Array).subarray(0, (args[1] as Uint8Array).length >> 1) as never;
        return call(...args);
      }
      // A close that reports a failure has closed all the same.
      if (name === 'close') call(...args);
      const error = Object.assign(new Error(`${fault}: injected into ${name}`), { code: fault });
      if (name === 'sync') return Promise.reject(error) as Result;
      throw error;
    };
  };
  const fileSystem = Object.fromEntries(
    Object.entries(real).map(([name, call]) => [name, guarded(name as keyof FileSystem, call as never)]),
  ) as unknown as FileSystem;
  return { fileSystem, count: () => calls, hasFailed: () => hasFailed };
}
