import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BencodeError } from '@unchoke/bencode';
import { LIMITS, MetainfoError, safePath } from '@unchoke/metainfo';
import { choosePieceLength, createTorrent, readTorrent } from '@unchoke/metainfo/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matchesGlob } from '../src/node/glob.js';
import { hashPieces } from '../src/node/hash-job.js';
import { fileTree } from './merkle-by-hand.js';

const PIECE = 32_768;
const LENGTHS: Readonly<Record<string, number>> = {
  'a.bin': 5 * PIECE + 7,
  'b/empty': 0,
  'b/one': PIECE,
  'c.txt': 5,
  'über/ß': 2 * PIECE - 1,
};
const FIXED = { creationDate: undefined, createdBy: undefined };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-torrent-'));
  for (const [path, length] of Object.entries(LENGTHS)) write(join('content', path), contentOf(path, length));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each byte depends on its place and its file. */
function contentOf(path: string, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8) * 13 + path.length) & 0xff);
}

function write(path: string, content: Uint8Array | string): string {
  const location = join(folder, path);
  mkdirSync(dirname(location), { recursive: true });
  writeFileSync(location, content);
  return location;
}

const content = (): string => join(folder, 'content');
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** SHA-1 of the bytes of all files in order, piece by piece, written out. */
function piecesByHand(bytes: Buffer): string {
  let hashes = '';
  for (let start = 0; start < bytes.length; start += PIECE) hashes += sha1(bytes.subarray(start, start + PIECE));
  return hashes;
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('createTorrent', () => {
  test('v1: files in the order of their bytes, pieces across them', async () => {
    const { metainfo, bytes } = await createTorrent(content(), { ...FIXED, pieceLength: PIECE });
    expect(metainfo.files.map((file) => [safePath(file), file.length])).toEqual(
      Object.entries(LENGTHS).map(([path, length]) => [`content/${path}`, length]),
    );
    const all = Buffer.concat(Object.entries(LENGTHS).map(([path, length]) => contentOf(path, length)));
    expect(Buffer.from(metainfo.pieceHashes ?? []).toString('hex')).toBe(piecesByHand(all));
    expect(metainfo.version).toBe('v1');
    expect(bytes.length).toBeGreaterThan(metainfo.infoBytes.length);
  });

  test('v2: every file has its own tree', async () => {
    const { metainfo } = await createTorrent(content(), { ...FIXED, pieceLength: PIECE, version: 'v2' });
    expect(metainfo.infoHash).toBeUndefined();
    for (const file of metainfo.files) {
      const path = file.path.slice(1).join('/');
      if (file.length === 0) continue;
      const { root, layer } = fileTree(latin1(contentOf(path, file.length)), PIECE);
      expect(latin1(file.piecesRoot!)).toBe(root);
      expect(file.pieceLayer && latin1(file.pieceLayer)).toBe(layer);
      expect(file.offset % PIECE).toBe(0);
    }
  });

  test('hybrid: both, with padding between', async () => {
    const { metainfo } = await createTorrent(content(), { ...FIXED, pieceLength: PIECE, version: 'hybrid' });
    const v2 = await createTorrent(content(), { ...FIXED, pieceLength: PIECE, version: 'v2' });
    const all = metainfo.files.map((file) =>
      file.isPad ? new Uint8Array(file.length) : contentOf(file.path.slice(1).join('/'), file.length),
    );
    expect(Buffer.from(metainfo.pieceHashes ?? []).toString('hex')).toBe(piecesByHand(Buffer.concat(all)));
    const real = metainfo.files.filter((file) => !file.isPad);
    expect(real.map((file) => file.piecesRoot)).toEqual(v2.metainfo.files.map((file) => file.piecesRoot));
    expect(metainfo.files.length).toBeGreaterThan(real.length);
  });

  test.each(['v1', 'v2', 'hybrid'] as const)(
    '%s: threads make the same torrent, and tell of their progress',
    async (version) => {
      const alone = await createTorrent(content(), { ...FIXED, pieceLength: PIECE, version, threadCount: 0 });
      const seen: number[] = [];
      const threaded = await createTorrent(content(), {
        ...FIXED,
        pieceLength: PIECE,
        version,
        threadCount: 2,
        onProgress: ({ hashedBytes, totalBytes }) => seen.push(hashedBytes / totalBytes),
      });
      expect(threaded.bytes).toEqual(alone.bytes);
      expect(seen.at(-1)).toBe(1);
      expect([...seen].sort((one, other) => one - other)).toEqual(seen);
    },
  );

  test('one file has no folder around it, and any name', async () => {
    const path = join(content(), 'c.txt');
    const { metainfo } = await createTorrent(path, { version: 'hybrid', name: 'other.txt' });
    expect(metainfo.files.map(safePath)).toEqual(['other.txt']);
  });

  test('options end up where they belong', async () => {
    const { metainfo } = await createTorrent(join(content(), 'c.txt'), {
      trackerTiers: [['http://a.example/'], ['udp://b.example:1']],
      webSeeds: ['http://w.example/'],
      comment: 'c',
      createdBy: 'me',
      creationDate: 5,
      isPrivate: true,
      source: 'S',
    });
    expect(metainfo).toMatchObject({
      trackerTiers: [['http://a.example/'], ['udp://b.example:1']],
      webSeeds: ['http://w.example/'],
      comment: 'c',
      createdBy: 'me',
      creationDate: 5,
      isPrivate: true,
      source: 'S',
    });
  });

  test('the date comes from SOURCE_DATE_EPOCH', async () => {
    const before = process.env['SOURCE_DATE_EPOCH'];
    process.env['SOURCE_DATE_EPOCH'] = '1234567890';
    try {
      const { metainfo } = await createTorrent(join(content(), 'c.txt'));
      expect(metainfo.creationDate).toBe(1_234_567_890);
    } finally {
      if (before === undefined) delete process.env['SOURCE_DATE_EPOCH'];
      else process.env['SOURCE_DATE_EPOCH'] = before;
    }
  });

  test('links, junk and what is ignored stay out, and are told', async () => {
    const path = join(folder, 'messy');
    for (const name of [
      'keep.txt',
      '.DS_Store',
      'Thumbs.db',
      '._keep.txt',
      'x.part',
      'drafts/one.txt',
      'deep/drafts/two.txt',
      '.hidden',
    ])
      write(join('messy', name), name);
    symlinkSync('/etc/passwd', join(path, 'link'));
    symlinkSync(folder, join(path, 'loop'));
    const { metainfo, skipped } = await createTorrent(path, { ignore: ['*.part', 'drafts/**'] });
    expect(metainfo.files.map(safePath)).toEqual(['messy/.hidden', 'messy/deep/drafts/two.txt', 'messy/keep.txt']);
    expect(Object.fromEntries(skipped.map((entry) => [entry.path, entry.reason]))).toEqual({
      '.DS_Store': 'junk',
      '._keep.txt': 'junk',
      'Thumbs.db': 'junk',
      drafts: 'ignored',
      link: 'symlink',
      loop: 'symlink',
      'x.part': 'ignored',
    });
  });

  test('a link that is given itself is followed', async () => {
    symlinkSync(content(), join(folder, 'alias'));
    const { metainfo } = await createTorrent(join(folder, 'alias'));
    expect(metainfo.name).toBe('alias');
    expect(metainfo.files.length).toBe(5);
  });

  test('names that would collide elsewhere are refused before anything is hashed', async () => {
    write('clash/a', 'x');
    write('clash/A', 'y');
    let isHashed = false;
    const error = await errorOf(createTorrent(join(folder, 'clash'), { onProgress: () => (isHashed = true) }));
    expect(error).toMatchObject({ code: 'path-collision' });
    expect(isHashed).toBe(false);
  });

  // Only Linux keeps names as bytes.
  test.runIf(process.platform === 'linux')('a name that is no text is refused', async () => {
    mkdirSync(join(folder, 'bytes'));
    writeFileSync(Buffer.concat([Buffer.from(join(folder, 'bytes', 'x')), Buffer.from([0xff])]), 'x');
    expect(await errorOf(createTorrent(join(folder, 'bytes')))).toMatchObject({ code: 'unsupported-file' });
  });

  test.each([
    ['nothing there', 'missing', 'ENOENT'],
    ['an empty file', 'content/b/empty', 'empty-torrent'],
  ])('refuses %s', async (_, path, code) => {
    expect(await errorOf(createTorrent(join(folder, path)))).toMatchObject({ code });
  });

  test.each([0, 1000, 8192, 16_385, 2 ** 31, Number.NaN])('refuses a piece length of %d', async (pieceLength) => {
    expect(await errorOf(createTorrent(content(), { pieceLength }))).toMatchObject({ code: 'bad-piece-length' });
  });

  test.each([-1, 0.5, Number.NaN, 257])('refuses %d threads', async (threadCount) => {
    expect(await errorOf(createTorrent(content(), { threadCount }))).toBeInstanceOf(RangeError);
  });

  test.each([0, 2])('an abort ends it with its reason (%d threads)', async (threadCount) => {
    const reason = new Error('enough');
    expect(await errorOf(createTorrent(content(), { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const big = write(`big-${threadCount}`, new Uint8Array(40 * 1024 * 1024));
    const error = await errorOf(
      createTorrent(big, { threadCount, signal: controller.signal, onProgress: () => controller.abort(reason) }),
    );
    expect(error).toBe(reason);
    rmSync(big);
  });

  test.each([
    ['grows', (path: string) => appendFileSync(path, 'x')],
    ['shrinks', (path: string) => truncateSync(path, 40 * 1024 * 1024 - 1)],
    ['is written to', (path: string) => utimesSync(path, 1, 1)],
  ])('a file that %s meanwhile is an error', async (name, change) => {
    for (const threadCount of [0, 1]) {
      const path = write(`changing-${name}-${threadCount}`, new Uint8Array(40 * 1024 * 1024));
      const error = await errorOf(createTorrent(path, { threadCount, onProgress: () => change(path) }));
      expect(error).toMatchObject({ code: 'file-changed', path });
      expect(MetainfoError.isInstance(error)).toBe(true);
      rmSync(path);
    }
  });

  test('a file that ends early is an error, even when its size was not told', () => {
    const location = write('short', 'x'.repeat(10));
    const span = { location, offset: 0, length: 10, fileLength: 10, modifiedMs: -1 };
    expect(() => hashPieces({ firstPiece: 0, pieceLength: PIECE, hasV1: true, hasV2: false, spans: [span] })).toThrow(
      'changed while it was hashed',
    );
  });

  test('an error inside a callback comes out', async () => {
    const reason = new Error('from the callback');
    const throwing = (): never => {
      throw reason;
    };
    for (const threadCount of [0, 1])
      expect(await errorOf(createTorrent(content(), { threadCount, onProgress: throwing }))).toBe(reason);
  });
});

describe('choosePieceLength', () => {
  test.each([
    [1, 16_384],
    [2048 * 16_384, 16_384],
    [2048 * 16_384 + 1, 32_768],
    [1024 ** 3, 524_288],
    [1024 ** 4, 16_777_216],
    [1024 ** 5, 16_777_216],
  ])('%d bytes: %d', (length, expected) => {
    expect(choosePieceLength(length)).toBe(expected);
  });
});

describe('readTorrent', () => {
  test('reads what createTorrent made', async () => {
    const { bytes, metainfo } = await createTorrent(content(), { version: 'hybrid' });
    const path = write('made.torrent', bytes);
    expect(await readTorrent(path, { strict: true })).toEqual(metainfo);
  });

  test('refuses folders, and files too long for a torrent', async () => {
    expect(await errorOf(readTorrent(folder))).toMatchObject({ code: 'unsupported-file' });
    const path = write('film.torrent', '');
    truncateSync(path, LIMITS.torrentBytesMax + 1);
    const error = await errorOf(readTorrent(path));
    expect(BencodeError.isInstance(error) && error.code).toBe('input-too-long');
  });
});

describe('matchesGlob', () => {
  test.each([
    ['*.txt', 'a/b/c.txt', true],
    ['*.txt', 'a.txt/b', false],
    ['c?t', 'cat', true],
    ['c?t', 'coat', false],
    ['a/*.txt', 'a/b.txt', true],
    ['a/*.txt', 'a/b/c.txt', false],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', true],
    ['**/x/*', 'a/b/x/y', true],
    ['**/x/*', 'x/y', true],
    ['**/x/**/z', 'a/x/b/c/z', true],
    ['**/x/**/z', 'a/x/b/c', false],
    ['/top', 'top', true],
    ['/top', 'a/top', false],
    ['[x].+', '[x].+', true],
    ['', 'a', false],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(matchesGlob(path.split('/'), pattern)).toBe(expected);
  });

  test('a pattern of stars does not explode', () => {
    expect(matchesGlob([`${'a'.repeat(5000)}b`], `${'*a'.repeat(500)}c`)).toBe(false);
  });
});
