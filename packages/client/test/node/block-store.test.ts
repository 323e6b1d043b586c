import type { PieceIndex } from '@unchoke/pieces';
import { type Storage, StorageError } from '@unchoke/pieces/node';
import { expect, test } from 'vitest';
import { BlockStore } from '../../src/node/block-store.js';

/** A storage that has no room until it is told to, or closed. */
class FullStorage {
  readonly stored: number[] = [];
  isFull = true;
  isClosed = false;
  #onRoom: () => void = () => undefined;
  readonly #room = new Promise<void>((resolve) => {
    this.#onRoom = resolve;
  });

  storeBlock(_piece: number, begin: number): 'full' | 'stored' {
    if (this.isClosed) throw new StorageError('closed', 'the storage is closed');
    if (this.isFull) return 'full';
    this.stored.push(begin);
    return 'stored';
  }

  whenRoom(): Promise<void> {
    return this.#room;
  }

  open(): void {
    this.isFull = false;
    this.#onRoom();
  }

  close(): void {
    this.isClosed = true;
    this.#onRoom();
  }
}

function storeOver(storage: FullStorage) {
  let emptied: () => void = () => undefined;
  const whenEmptied = new Promise<void>((resolve) => {
    emptied = resolve;
  });
  const listener = { verified: () => undefined, filled: () => undefined, emptied: () => emptied() };
  const store = new BlockStore(storage as unknown as Storage, listener);
  const block = (begin: number) => ({ piece: 0 as PieceIndex, begin, length: 1 });
  store.store(block(0), new Uint8Array(1));
  store.store(block(1), new Uint8Array(1));
  return { store, whenEmptied };
}

test('what waits is stored in its order once there is room', async () => {
  const storage = new FullStorage();
  const { whenEmptied } = storeOver(storage);
  storage.open();
  await whenEmptied;
  expect(storage.stored).toEqual([0, 1]);
});

test('what waits while the storage is closed is given up, and nothing is thrown at nobody', async () => {
  const storage = new FullStorage();
  const { store, whenEmptied } = storeOver(storage);
  store.close();
  storage.close();
  await whenEmptied;
  expect(storage.stored).toEqual([]);
});

test('what waits keeps its bytes, whatever becomes of the caller’s, and of those that waited before', async () => {
  const stored: number[] = [];
  let isFull = true;
  const storage = {
    storeBlock: (_piece: number, _begin: number, bytes: Uint8Array) => {
      if (isFull) return 'full';
      expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
      stored.push(bytes[0]!);
      return 'stored';
    },
    whenRoom: async () => {
      isFull = false;
    },
  };
  let emptied: () => void = () => undefined;
  const listener = { verified: () => undefined, filled: () => undefined, emptied: () => emptied() };
  const store = new BlockStore(storage as unknown as Storage, listener);
  const read = new Uint8Array(16_384);
  for (const round of [1, 2, 3]) {
    isFull = true;
    const whenEmptied = new Promise<void>((resolve) => {
      emptied = resolve;
    });
    for (const index of [0, 1, 2]) {
      read.fill(10 * round + index);
      store.store({ piece: 0 as PieceIndex, begin: index * 16_384, length: 16_384 }, read);
    }
    read.fill(0);
    await whenEmptied;
  }
  expect(stored).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32]);
});
