import { posix, win32 } from 'node:path';
import { LIMITS, type Metainfo, MetainfoError, parseMetainfo, safeName, safePath } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bencode, type Hand, pieces, utf8 } from './hand-bencode.js';

/** What attackers put into names, and what merges on some disk. */
const NASTY = [
  '..',
  '.',
  '',
  '/',
  '\\',
  '/etc/passwd',
  '..\\..\\x',
  'C:',
  'c:\\x',
  '\0',
  'a\0b',
  'NUL',
  'con',
  'COM1.txt',
  'lpt\u00b9',
  'aux.',
  'a.',
  'a ',
  'a. . ',
  ' a',
  '...',
  'PROGRA~1',
  'a~1.b',
  '~1',
  '\u202e',
  'a\u202eb',
  '\u200d',
  '\u200c',
  '.\u200c.',
  'a\u200d',
  '\u200b',
  '\ufeff',
  '\u00ad',
  '\ud800',
  '\udc00x',
  '\uffff',
  '\u2028',
  '%FF',
  '%',
  'a',
  'A',
  'b',
  'ß',
  'SS',
  'ss',
  'ſ',
  's',
  'S',
  'K',
  'k',
  'é',
  'e\u0301',
  'E\u0301',
  'ﬁ',
  'fi',
  'İ',
  'i',
  'ı',
  'I',
  'i\u0307',
  'Σ',
  'ς',
  'σ',
  'Å',
  'Å',
  '①',
  '1',
  'Ǆ',
  'ǅ',
  'dž',
  '❤',
  '❤\ufe0f',
  '\u{e0041}',
  '👩\u200d💻',
  '.pad',
  '0',
  '1',
  '2',
  'x'.repeat(254),
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(300),
  `${'x'.repeat(300)}.mkv`,
  'ü'.repeat(128),
  'NUL'.padEnd(300, '.'),
  `nul.${'x'.repeat(251)}`,
  '👩\u200d'.repeat(40),
  `${'y'.repeat(245)}\u200d👩${'y'.repeat(20)}`,
  '_',
  '__',
  'a_b',
  'a:b',
  'a?b',
  '-',
  '--help',
  '$(id)',
  '`id`',
  "'",
  '"',
  '<b>',
  '|',
  '*',
  '?',
];

const anyName = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.array(fc.constantFrom(...NASTY), { maxLength: 3 }).map((names) => names.join('')),
);

/** Names as bytes, one character each: text, or bytes that are no text. */
const anyBytes = fc.oneof(
  anyName.map(utf8),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => String.fromCharCode(...bytes)),
);

const anyFile = fc.record({
  names: fc.array(anyBytes, { minLength: 1, maxLength: 4 }),
  utf8Names: fc.option(fc.array(anyBytes, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 5 }),
  attributes: fc.constantFrom('', '', '', 'p', 'l', 'x', 'lp'),
  target: fc.array(anyBytes, { maxLength: 3 }),
});
type AnyFile = typeof anyFile extends fc.Arbitrary<infer File> ? File : never;

describe('safeName', () => {
  test('leaves ordinary names alone', () => {
    for (const name of [
      'a.txt',
      '.hidden',
      'Über uns.pdf',
      '東京.mkv',
      "it's (1) [x] {y} 100% #1 & more, yes!.mp3",
      'a..b',
      ' x',
      '-rf',
      'concert',
      'x~',
      '👩\u200d💻',
    ]) {
      expect(safeName(name)).toBe(name);
    }
  });

  test('a safe name is its own safe name, fits every disk, and hides nothing', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const safe = safeName(name);
        expect(safeName(safe)).toBe(safe);
        expectSafe(safe);
      }),
      { numRuns: 1000, examples: NASTY.map((name) => [name]) },
    );
  });

  test('no character on its own escapes the rule', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 || code > 0xe0000 ? 1 : 7) {
      const safe = safeName(`a${String.fromCodePoint(code)}`);
      if (/[/\\:\p{Cc}\p{Cs}]/u.test(safe) || /[. ]$/.test(safe)) throw new Error(`U+${code.toString(16)}`);
    }
  });
});

describe('safePath', () => {
  test('stays below the folder for anything that calls itself a file', () => {
    fc.assert(
      fc.property(fc.array(anyName, { maxLength: 5 }), fc.boolean(), fc.integer(), (path, isPad, index) => {
        expectContained(safePath({ path, isPad, index }));
      }),
    );
  });
});

describe('whatever the torrent', () => {
  test('v1: every path stays below the folder, and no two files share one', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(anyFile, { minLength: 1, maxLength: 12 }), (name, files) => {
        check({ name, files: files.map(hand), 'piece length': 16_384, pieces: pieces(1) });
      }),
      { numRuns: 500 },
    );
  });

  test('v1, one file: its path is one name', () => {
    fc.assert(
      fc.property(anyBytes, fc.option(anyBytes, { nil: undefined }), (name, utf8Name) => {
        const metainfo = check({
          length: 1,
          name,
          ...(utf8Name === undefined ? {} : { 'name.utf-8': utf8Name }),
          'piece length': 16_384,
          pieces: pieces(1),
        });
        expect(metainfo && safePath(metainfo.files[0]!)).not.toContain('/');
      }),
    );
  });

  test('v2: every path stays below the folder, and no two files share one', () => {
    fc.assert(
      fc.property(
        anyBytes,
        fc.array(fc.array(anyBytes, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        (name, paths) => {
          check(
            { 'file tree': treeOf(paths), 'meta version': 2, name, 'piece length': 16_384 },
            { 'piece layers': {} },
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Reads a torrent of one-byte files; only our own errors may come of it, and what is read must be safe. */
function check(
  info: { readonly [key: string]: Hand },
  outside: { readonly [key: string]: Hand } = {},
): Metainfo | undefined {
  let metainfo: Metainfo;
  try {
    metainfo = parseMetainfo(Buffer.from(bencode({ ...outside, info }), 'latin1'), hashes);
  } catch (error) {
    if (!MetainfoError.isInstance(error)) throw error;
    return undefined;
  }
  const paths = metainfo.files.map((file) => safePath(file));
  for (const path of paths) expectContained(path);
  for (const { symlinkTarget } of metainfo.files)
    if (symlinkTarget !== undefined) expectContained(symlinkTarget.join('/'));
  for (const fold of FOLDS) {
    const folded = paths.map((path) => fold(path));
    expect(new Set(folded).size).toBe(paths.length);
    const folders = new Set(
      folded.flatMap((path) => path.split('/').map((_, index, names) => names.slice(0, index).join('/'))),
    );
    for (const path of folded) expect(folders.has(path)).toBe(false);
  }
  return metainfo;
}

/** How disks merge names: by case, by normal form, by both. */
const FOLDS: readonly ((path: string) => string)[] = (['NFC', 'NFD', 'NFKC', 'NFKD'] as const).flatMap((form) => [
  (path: string) => path.normalize(form),
  (path: string) => path.normalize(form).toLowerCase(),
  (path: string) => path.toLowerCase().normalize(form),
  (path: string) => path.normalize(form).toUpperCase(),
  (path: string) => path.toUpperCase().normalize(form),
  (path: string) =>
    path
      .replace(/\u200c|\u200d|\ufe0f/g, '')
      .normalize(form)
      .toLowerCase(),
]);

function expectContained(path: string): void {
  for (const name of path.split('/')) expectSafe(name);
  expect(posix.join('/root', path)).toBe(`/root/${path}`);
  expect(win32.join('C:\\root', path)).toBe(`C:\\root\\${path.replaceAll('/', '\\')}`);
}

function expectSafe(name: string): void {
  expect(name).not.toBe('');
  expect(name).not.toMatch(/^\.{1,2}$/);
  expect(name).not.toMatch(/[/\\<>:"|?*]|[. ]$/);
  expect(name).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u);
  expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i);
  expect(name).not.toMatch(/^[^.]{1,6}~\d+(\.[^.]{0,3})?$/u);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(LIMITS.nameBytesMax);
}

function hand({ names, utf8Names, attributes, target }: AnyFile): { readonly [key: string]: Hand } {
  return {
    length: 1,
    path: names,
    ...(utf8Names === undefined ? {} : { 'path.utf-8': utf8Names }),
    ...(attributes === '' ? {} : { attr: attributes }),
    ...(attributes.includes('l') ? { 'symlink path': target } : {}),
  };
}

/** A file tree of one-byte files. An empty name makes a file of a folder, which has to be refused. */
function treeOf(paths: readonly (readonly string[])[]): Hand {
  const root = new Map<string, unknown>();
  for (const path of paths) {
    let folder = root;
    for (const name of path) {
      const next = folder.get(name);
      const entered = next instanceof Map ? next : new Map<string, unknown>();
      folder.set(name, entered);
      folder = entered;
    }
    folder.set('', { length: 1, 'pieces root': 'r'.repeat(32) });
  }
  return handOf(root);
}

function handOf(tree: unknown): Hand {
  if (!(tree instanceof Map)) return tree as Hand;
  // Entries, not assignment: a name can be __proto__.
  return Object.fromEntries([...tree].map(([name, child]) => [name, handOf(child)]));
}
