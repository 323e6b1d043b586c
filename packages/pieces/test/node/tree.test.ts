import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  Disk,
  openStorage,
  type Storage,
  type StorageError,
  type StorageFile,
  verifyStorage,
} from '../../src/node/index.js';
import { allPieces, inFolder, putPiece, quickFileSystem, type Sample, type SampleFile, sampleOf } from './sample.js';

describe('paths', () => {
  const unsafe: readonly (readonly string[])[] = [
    [],
    [''],
    ['.'],
    ['..', 'x'],
    ['a', '..', '..', 'x'],
    ['a/../../x'],
    ['/etc', 'passwd'],
    ['a\0b'],
    Array.from({ length: 101 }, () => 'd'),
  ];

  test.each(unsafe.map((path) => [path]))('%j is refused', async (path) => {
    await expect(openAt('/nowhere', sampleOf([{ length: 5, path }], 16_384))).rejects.toMatchObject({
      code: 'bad-layout',
    });
  });

  test('no file is there twice, and none is a directory too', async () => {
    const twice = sampleOf(
      [
        { length: 5, path: ['a'] },
        { length: 5, path: ['a'] },
      ],
      16_384,
    );
    await expect(openAt('/nowhere', twice)).rejects.toMatchObject({ code: 'bad-layout' });
    const both = sampleOf(
      [
        { length: 5, path: ['a', 'b'] },
        { length: 5, path: ['a'] },
      ],
      16_384,
    );
    await expect(openAt('/nowhere', both)).rejects.toMatchObject({ code: 'bad-layout' });
  });

  test('files follow each other and end where the torrent ends', async () => {
    const sample = sampleOf([100, 200], 16_384);
    const wrong: readonly (readonly StorageFile[])[] = [
      [sample.files[0]!],
      [sample.files[1]!, sample.files[0]!],
      [sample.files[0]!, { ...sample.files[1]!, offset: 99 }],
      [sample.files[0]!, { ...sample.files[1]!, length: -200 }],
      [sample.files[0]!, { ...sample.files[1]!, length: Number.NaN }],
    ];
    for (const files of wrong) {
      await expect(openAt('/nowhere', { ...sample, files })).rejects.toMatchObject({ code: 'bad-layout' });
    }
  });

  test('digests fit the pieces', async () => {
    const sample = sampleOf([100_000], 16_384);
    const hashes = { ...sample.hashes, digests: sample.hashes.digests.subarray(20) };
    await expect(openAt('/nowhere', { ...sample, hashes })).rejects.toMatchObject({ code: 'bad-layout' });
  });
});

describe('links are never followed', () => {
  const sample = sampleOf([{ length: 100, path: ['dir', 'inner', 'file'] }], 16_384);

  test('not for a directory of the tree, whether it was there before or appears later', async () => {
    await inFolder(async (folder) => {
      const [root, outside] = foldersIn(folder);
      symlinkSync(outside, join(root, 'dir'));
      await expect(openAt(root, sample)).rejects.toMatchObject({ code: 'link-refused', path: join(root, 'dir') });
      await expect(verifyStorage({ ...sample, root, disk: quick() })).rejects.toMatchObject({ code: 'link-refused' });
      expect(readdirSync(outside)).toEqual([]);
    });
    await inFolder(async (folder) => {
      const [root, outside] = foldersIn(folder);
      const faults: StorageError[] = [];
      const storage = await openAt(root, sample, (error) => faults.push(error));
      mkdirSync(join(root, 'dir'));
      symlinkSync(outside, join(root, 'dir', 'inner'));
      const put = putPiece(storage, sample, allPieces(sample)[0]!);
      put.catch(() => {});
      await expect(storage.close()).rejects.toMatchObject({ code: 'link-refused' });
      expect(faults).toHaveLength(0);
      await expect(put).rejects.toMatchObject({ code: 'link-refused' });
      expect(readdirSync(outside)).toEqual([]);
    });
  });

  test('not for a file, which may not even be created through one', async () => {
    await inFolder(async (folder) => {
      const [root, outside] = foldersIn(folder);
      mkdirSync(join(root, 'dir', 'inner'), { recursive: true });
      symlinkSync(join(outside, 'target'), join(root, 'dir', 'inner', 'file'));
      await expect(openAt(root, sample)).rejects.toMatchObject({ code: 'link-refused' });
      expect(existsSync(join(outside, 'target'))).toBe(false);
    });
  });

  test('but the root itself may be one: that is the user’s own choice', async () => {
    await inFolder(async (folder) => {
      const [root] = foldersIn(folder);
      symlinkSync(root, join(folder, 'link'));
      const storage = await openAt(join(folder, 'link'), sample);
      expect(await putPiece(storage, sample, allPieces(sample)[0]!)).toBe(true);
      await storage.close();
      expect(lstatSync(join(root, 'dir', 'inner', 'file')).size).toBe(100);
    });
  });

  test('and what is no file is left alone', async () => {
    await inFolder(async (folder) => {
      const [root] = foldersIn(folder);
      mkdirSync(join(root, 'dir', 'inner', 'file'), { recursive: true });
      await expect(openAt(root, sample)).rejects.toMatchObject({ code: 'path-blocked' });
    });
    await inFolder(async (folder) => {
      const [root] = foldersIn(folder);
      writeFileSync(join(root, 'dir'), 'a file in the way');
      await expect(openAt(root, sample)).rejects.toMatchObject({ code: 'path-blocked', path: join(root, 'dir') });
      expect(readFileSync(join(root, 'dir'), 'utf8')).toBe('a file in the way');
    });
  });
});

describe('what a person can mend', () => {
  test('a directory in the way: held, named, and done when it is gone', async () => {
    await inFolder(async (folder) => {
      const [root] = foldersIn(folder);
      const sample = sampleOf([{ length: 100, path: ['file'] }], 16_384);
      const faults: StorageError[] = [];
      let recovered = 0;
      const storage = await openAt(
        root,
        sample,
        (error) => faults.push(error),
        () => recovered++,
      );
      mkdirSync(join(root, 'file', 'sub'), { recursive: true });
      const put = putPiece(storage, sample, allPieces(sample)[0]!);
      expect(await storage.retry()).toBe(true);
      while (storage.fault === undefined) await new Promise((resolve) => setImmediate(resolve));
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatchObject({ code: 'path-blocked', path: join(root, 'file') });
      expect(await storage.retry()).toBe(false);
      expect(faults).toHaveLength(1);
      rmSync(join(root, 'file'), { recursive: true });
      expect(await storage.retry()).toBe(true);
      expect(recovered).toBe(1);
      expect(await put).toBe(true);
      await storage.close();
    });
  });

  test('a name too long', async () => {
    await inFolder(async (folder) => {
      const [root] = foldersIn(folder);
      const sample = sampleOf([{ length: 100, path: ['x'.repeat(300)] }], 16_384);
      await expect(openAt(root, sample)).rejects.toMatchObject({ code: 'name-too-long' });
    });
  });

  test('too little space is told before the first byte, and what is there can be read', async () => {
    await inFolder(async (folder) => {
      const [root] = foldersIn(folder);
      const sample = sampleOf([100_000], 16_384);
      let free = 50_000;
      const disk = new Disk({ threads: 0, fileSystem: { ...quickFileSystem, freeBytes: () => free } });
      const faults: StorageError[] = [];
      const options = {
        ...sample,
        root,
        disk,
        retryIntervalMs: 0,
        onFault: (error: StorageError) => faults.push(error),
      };
      const storage = await openStorage(options);
      expect(faults).toMatchObject([{ code: 'disk-full', path: root }]);
      expect(storage.storeBlock(allPieces(sample)[0]!, 0, sample.content.subarray(0, 16_384))).toBe('full');
      expect(await storage.retry()).toBe(false);
      expect(readdirSync(root)).toEqual([]);
      free = 100_000;
      expect(await storage.retry()).toBe(true);
      expect(await putPiece(storage, sample, allPieces(sample)[0]!)).toBe(true);
      expect(storage.fault).toBe(undefined);
      await storage.close();
      free = 0;
      const careless = await openStorage({ ...options, ignoreSpace: true });
      expect(careless.fault).toBe(undefined);
      expect((await careless.read(allPieces(sample)[0]!, 5, 5)).length).toBe(5);
      await careless.close();
    });
  });
});

test('nothing is made before there is something to write, but for empty files', async () => {
  await inFolder(async (folder) => {
    const root = join(folder, 'new', 'root');
    const files: SampleFile[] = [
      { length: 40_000 },
      { length: 0, path: ['empty', 'one'] },
      { length: 0, wanted: false },
    ];
    const sample = sampleOf(files, 16_384);
    const storage = await openAt(root, sample);
    await storage.flush();
    expect(readdirSync(root, { recursive: true }).sort()).toEqual(['empty', 'empty/one']);
    expect(await putPiece(storage, sample, allPieces(sample)[1]!)).toBe(true);
    expect(lstatSync(join(root, 'file-0')).size).toBe(40_000);
    await storage.close();
  });
});

test('sparse files take only what was written, full ones everything at once', async () => {
  await inFolder(async (folder) => {
    const sample = sampleOf([4_000_000], 16_384);
    for (const allocation of ['sparse', 'full'] as const) {
      const root = join(folder, allocation);
      const storage = await openStorage({ ...sample, root, allocation, disk: quick() });
      expect(await putPiece(storage, sample, allPieces(sample)[3]!)).toBe(true);
      await storage.close();
      const { blocks, size } = lstatSync(join(root, 'file-0'));
      expect(size).toBe(4_000_000);
      if (allocation === 'full') expect(blocks * 512).toBeGreaterThanOrEqual(4_000_000);
      else expect(blocks * 512).toBeLessThan(1_000_000);
    }
  });
});

function openAt(
  root: string,
  sample: Sample,
  onFault: (error: StorageError) => void = () => {},
  onRecovered: () => void = () => {},
): Promise<Storage> {
  return openStorage({ ...sample, root, disk: quick(), flushIntervalMs: 0, retryIntervalMs: 0, onFault, onRecovered });
}

function quick(): Disk {
  return new Disk({ threads: 0, fileSystem: quickFileSystem });
}

function foldersIn(folder: string): readonly [root: string, outside: string] {
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  mkdirSync(root);
  mkdirSync(outside);
  return [root, outside];
}
