import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { deleteFiles, foldersThatExist, moveFiles, StorageError } from '../../src/node/index.js';
import { type Linker, moveFiles as moveFilesWith } from '../../src/node/torrent-files.js';

const HASHES = { algorithm: 'sha1', digests: new Uint8Array(20) } as const;
const FILES = [
  { path: ['album', 'a'], offset: 0, length: 3 },
  { path: ['album', 'disc 1', 'b'], offset: 3, length: 2_000_000 },
  { path: ['album', 'never made'], offset: 2_000_003, length: 5 },
];
/** Zeros among others: a copy leaves holes for them. */
const B = Buffer.alloc(2_000_000).fill('x', 10, 500_000).fill('y', 1_900_000);
const noLinks: Linker = () => Promise.reject(Object.assign(new Error('cross-device'), { code: 'EXDEV' }));

interface Place {
  readonly root: string;
  readonly to: string;
}

function place(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'unchoke-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, 'old');
  mkdirSync(join(root, 'album', 'disc 1'), { recursive: true });
  writeFileSync(join(root, 'album', 'a'), 'aaa');
  writeFileSync(join(root, 'album', 'disc 1', 'b'), B);
  return { root, to: join(folder, 'new') };
}

function isWhole(root: string): boolean {
  const [a, b] = [join(root, 'album', 'a'), join(root, 'album', 'disc 1', 'b')];
  return existsSync(a) && existsSync(b) && readFileSync(a, 'utf8') === 'aaa' && readFileSync(b).equals(B);
}

test.each([
  ['by links', undefined],
  ['by copies', noLinks],
] as const)('moves %s, with folders, and leaves what is not its own', async (_, linker) => {
  const { root, to } = place();
  writeFileSync(join(root, 'album', 'mine'), 'mine');
  const { mtimeMs } = lstatSync(join(root, 'album', 'disc 1', 'b'));
  await moveFilesWith({ root, files: FILES, hashes: HASHES }, to, {}, linker);
  expect(isWhole(to)).toBe(true);
  expect(Math.abs(lstatSync(join(to, 'album', 'disc 1', 'b')).mtimeMs - mtimeMs)).toBeLessThan(1);
  expect(readdirSync(join(root, 'album'))).toEqual(['mine']);
  expect(existsSync(join(to, 'album', 'never made'))).toBe(false);
});

test('whatever stands in the new folder stays, and then nothing is moved', async () => {
  const { root, to } = place();
  mkdirSync(join(to, 'album'), { recursive: true });
  writeFileSync(join(to, 'album', 'a'), 'AAA');
  await expect(moveFiles({ root, files: FILES, hashes: HASHES }, to)).rejects.toSatisfy(
    (error) => StorageError.isInstance(error) && error.code === 'path-blocked',
  );
  expect(readFileSync(join(to, 'album', 'a'), 'utf8')).toBe('AAA');
  expect(isWhole(root)).toBe(true);
  expect(readdirSync(join(to, 'album'))).toEqual(['a']);
});

test('a move that is aborted leaves everything where it was, and nothing in the new folder', async () => {
  const { root, to } = place();
  const abort = new AbortController();
  const options = { signal: abort.signal, onProgress: () => abort.abort(new Error('no more')) };
  await expect(moveFilesWith({ root, files: FILES, hashes: HASHES }, to, options, noLinks)).rejects.toThrow('no more');
  expect(isWhole(root)).toBe(true);
  expect(readdirSync(to)).toEqual([]);
});

test('cut short at any file by a crash, one folder holds everything, and the same call finishes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(3), fc.boolean(), async (after, copies) => {
      const { root, to } = place();
      // A process that dies does not clean up: what was placed before stays.
      mkdirSync(join(to, 'album', 'disc 1'), { recursive: true });
      if (after >= 1) writeFileSync(join(to, 'album', 'a'), 'aaa');
      if (after >= 2) writeFileSync(join(to, 'album', 'disc 1', after === 2 ? 'b.moving' : 'b'), B);
      expect(isWhole(root) || isWhole(to)).toBe(true);
      await moveFilesWith({ root, files: FILES, hashes: HASHES }, to, {}, copies ? noLinks : undefined);
      expect(isWhole(to)).toBe(true);
      expect(existsSync(join(root, 'album'))).toBe(false);
    }),
    { numRuns: 12 },
  );
});

test('deletes its files and its empty folders, and nothing else', async () => {
  const { root } = place();
  const other = FILES.map((file) => ({ ...file, path: ['other', ...file.path] }));
  mkdirSync(join(root, 'other', 'album', 'disc 1'), { recursive: true });
  writeFileSync(join(root, 'other', 'album', 'a'), 'x');
  writeFileSync(join(root, 'other', 'album', 'disc 1', 'c'), 'x');
  await deleteFiles({ root, files: [...FILES, ...other], hashes: HASHES });
  expect(readdirSync(root)).toEqual(['other']);
  expect(readdirSync(join(root, 'other', 'album', 'disc 1'))).toEqual(['c']);
});

test('folders that were there before stay, and so does the root', async () => {
  const { root } = place();
  const keepFolders = foldersThatExist(root, FILES);
  expect([...keepFolders].sort()).toEqual(['album', join('album', 'disc 1')]);
  await deleteFiles({ root, files: FILES, hashes: HASHES, keepFolders });
  expect(readdirSync(join(root, 'album', 'disc 1'))).toEqual([]);
  await deleteFiles({ root, files: FILES, hashes: HASHES });
  expect(readdirSync(root)).toEqual([]);
});

test.skipIf(process.platform === 'win32')('no link is followed, neither to delete nor to move', async () => {
  const { root, to } = place();
  const outside = place().root;
  rmSync(join(root, 'album', 'disc 1'), { recursive: true });
  symlinkSync(join(outside, 'album', 'disc 1'), join(root, 'album', 'disc 1'));
  for (const work of [deleteFiles, (what: Parameters<typeof deleteFiles>[0]) => moveFiles(what, to)]) {
    await expect(work({ root, files: FILES, hashes: HASHES })).rejects.toSatisfy(
      (error) => StorageError.isInstance(error) && error.code === 'link-refused',
    );
  }
  expect(isWhole(outside)).toBe(true);
});
