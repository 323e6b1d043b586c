import { LIMITS, MetainfoError, parseMetainfo } from '@unchoke/metainfo';
import { hashes, sha256 } from '@unchoke/metainfo/node';
import { describe, expect, test } from 'vitest';
import { bencode, type Hand, pieces, Verbatim } from './hand-bencode.js';
import { fileTree } from './merkle-by-hand.js';

const HEAD = { name: 't', 'piece length': 16_384, pieces: pieces(1) };
const bytesOf = (info: Hand, outside: { readonly [key: string]: Hand } = {}) =>
  Buffer.from(bencode({ ...outside, info }), 'latin1');

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!MetainfoError.isInstance(error)) throw error;
    return error.code;
  }
}

/** Work is counted where it can be: calls of the hash functions. The rest would not end in time if it were not linear. */
describe('large and hostile torrents', () => {
  test('a layer that 2,000 files share is hashed once', () => {
    const content = fileTree('x'.repeat(3 * 16_384), 16_384);
    const files = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [
        `f${index}`,
        { '': { length: 3 * 16_384, 'pieces root': content.root } },
      ]),
    );
    let calls = 0;
    const counting = {
      ...hashes,
      sha256: (bytes: Uint8Array) => {
        calls++;
        return sha256(bytes);
      },
    };
    const bytes = bytesOf(
      { 'file tree': files, 'meta version': 2, name: 't', 'piece length': 16_384 },
      { 'piece layers': { [content.root]: content.layer! } },
    );
    expect(parseMetainfo(bytes, counting).files.length).toBe(2000);
    // The info dictionary, and a tree over three pieces.
    expect(calls).toBeLessThan(10);
  });

  test('100,000 files in one folder, and each in its own', () => {
    const flat = Array.from({ length: 100_000 }, (_, index) => ({ length: 0, path: [`${index}`] }));
    const deep = Array.from({ length: 100_000 }, (_, index) => ({ length: 0, path: [`d${index}`, 'x', 'y'] }));
    const { files } = parseMetainfo(
      bytesOf({ ...HEAD, files: [{ length: 1, path: ['full'] }, ...flat, ...deep] }),
      hashes,
    );
    expect(files.length).toBe(200_001);
  });

  test('one file more than allowed', () => {
    const one = 'd6:lengthi0e4:pathl1:aee';
    const files = new Verbatim(`l${one.repeat(LIMITS.fileCountMax + 1)}e`);
    expect(codeOf(() => parseMetainfo(bytesOf({ ...HEAD, files }), hashes))).toBe('duplicate-path');
    const distinct = Array.from({ length: LIMITS.fileCountMax + 1 }, (_, index) => ({ length: 0, path: [`${index}`] }));
    expect(codeOf(() => parseMetainfo(bytesOf({ ...HEAD, files: distinct }), hashes))).toBe('too-many-files');
  });

  test('one folder more than allowed', () => {
    const paths = Array.from({ length: Math.ceil(LIMITS.folderCountMax / 50) + 1 }, (_, index) => [
      ...Array.from({ length: 50 }, (_, depth) => `${index}-${depth}`),
      'x',
    ]);
    const files = paths.map((path) => ({ length: 1, path }));
    expect(codeOf(() => parseMetainfo(bytesOf({ ...HEAD, files, 'piece length': 2 ** 20 }), hashes))).toBe(
      'too-many-files',
    );
  });

  test('a chain of 20,000 links ends after the limit, in either order', () => {
    const link = (index: number) => ({
      attr: 'l',
      length: 0,
      path: [`l${index}`],
      'symlink path': [index === 0 ? 'full' : `l${index - 1}`],
    });
    const links = Array.from({ length: 20_000 }, (_, index) => link(index));
    for (const files of [links, [...links].reverse()]) {
      const metainfo = parseMetainfo(bytesOf({ ...HEAD, files: [{ length: 1, path: ['full'] }, ...files] }), hashes);
      expect(metainfo.files.filter((file) => file.symlinkTarget !== undefined).length).toBe(LIMITS.symlinkChainMax);
      expect(metainfo.notes.length).toBe(LIMITS.noteCountMax);
    }
  });

  test('10,000 trackers, web seeds and nodes are cut and noted', () => {
    const urls = Array.from({ length: 10_000 }, (_, index) => `http://t${index}.example/`);
    const metainfo = parseMetainfo(
      bytesOf(
        { ...HEAD, length: 1 },
        {
          'announce-list': urls.map((url) => [url]),
          'url-list': urls,
          nodes: urls.map((_, index) => [`n${index}.example`, 1]),
        },
      ),
      hashes,
    );
    expect(metainfo.trackerTiers.length).toBe(LIMITS.trackerCountMax);
    expect(metainfo.webSeeds.length).toBe(LIMITS.webSeedCountMax);
    expect(metainfo.nodes.length).toBe(LIMITS.nodeCountMax);
    expect(metainfo.notes.length).toBe(LIMITS.noteCountMax);
  });

  test('names of a mebibyte', () => {
    const long = 'n'.repeat(2 ** 20);
    const { files, name } = parseMetainfo(
      bytesOf({
        ...HEAD,
        files: [
          { length: 1, path: [long] },
          { length: 1, path: [`${long}x`] },
        ],
        name: long,
      }),
      hashes,
    );
    expect(name).toBe(long);
    expect(files.length).toBe(2);
  });

  test('a comment beyond its bound is left out', () => {
    const { comment, notes } = parseMetainfo(
      bytesOf({ ...HEAD, length: 1 }, { comment: 'c'.repeat(LIMITS.textBytesMax + 1) }),
      hashes,
    );
    expect(comment).toBeUndefined();
    expect(notes.map((note) => note.code)).toEqual(['field-ignored']);
  });

  test('50,000 names that are not UTF-8', () => {
    const files = Array.from({ length: 50_000 }, (_, index) => ({ length: 1, path: [`\xff${index}`] }));
    expect(parseMetainfo(bytesOf({ ...HEAD, files, 'piece length': 2 ** 20 }), hashes).files[7]?.path[1]).toBe('%FF7');
  });
});
