import { BencodeError } from '@unchoke/bencode';
import { type Metainfo, MetainfoError, parseMetainfo, safePath, type TorrentFile } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { describe, expect, test } from 'vitest';
import { VECTORS, type Vector } from './vectors.js';

const good = VECTORS.filter((vector) => vector.facts !== undefined);
const bad = VECTORS.filter((vector) => vector.error !== undefined);

describe('vectors', () => {
  test('there are enough of them', () => {
    expect(good.length).toBeGreaterThan(60);
    expect(bad.length).toBeGreaterThan(80);
  });

  test.each(good)('reads $name: $tests', ({ bytes, facts }) => {
    const metainfo = parseMetainfo(bytes, hashes);
    expect(factsOf(metainfo, facts!)).toEqual({ ...facts, notes: facts?.notes ?? [] });
  });

  test.each(bad)('refuses $name: $tests', (vector) => {
    expect(errorOf(vector, false)).toBe(vector.error);
  });

  test.each(good.filter(({ facts }) => (facts?.notes ?? []).length > 0))(
    'strictly, refuses $name by its first note',
    (vector) => {
      expect(vector.facts?.notes).toContain(errorOf(vector, true));
    },
  );

  test.each(good.filter(({ facts }) => facts?.notes === undefined))('strictly, reads $name', ({ bytes }) => {
    expect(parseMetainfo(bytes, { ...hashes, strict: true }).notes).toEqual([]);
  });
});

/** Every error says where: those of bytes have an offset within them. */
function errorOf({ bytes }: Vector, strict: boolean): string | undefined {
  try {
    parseMetainfo(bytes, { ...hashes, strict });
    return undefined;
  } catch (error) {
    const isOurs = MetainfoError.isInstance(error);
    if (!isOurs && !BencodeError.isInstance(error)) throw error;
    expect(error.offset).toBeGreaterThanOrEqual(0);
    expect(error.offset).toBeLessThanOrEqual(bytes.length);
    return isOurs ? error.code : `bencode:${error.code}`;
  }
}

/** As much of what was read as the vector speaks of. */
function factsOf(metainfo: Metainfo, expected: NonNullable<Vector['facts']>): unknown {
  const all = {
    ...metainfo,
    infoHash: hexOf(metainfo.infoHash),
    infoHashV2: hexOf(metainfo.infoHashV2),
    comment: metainfo.comment ?? null,
    creationDate: metainfo.creationDate ?? null,
    nodes: metainfo.nodes.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)),
    files: metainfo.files.map(fileFacts),
    notes: metainfo.notes.map((note) => note.code),
  };
  const keys = new Set([...Object.keys(expected), 'notes']);
  return Object.fromEntries(Object.entries(all).filter(([key]) => keys.has(key)));
}

function fileFacts(file: TorrentFile): readonly (string | number)[] {
  const link = file.symlinkTarget === undefined ? '' : `l:${file.symlinkTarget.join('/')}`;
  const letters = `${file.isHidden ? 'h' : ''}${link}${file.isPad ? 'p' : ''}${file.isExecutable ? 'x' : ''}`;
  return [safePath(file), file.length, file.offset, ...(letters === '' ? [] : [letters])];
}

function hexOf(hash: Uint8Array | undefined): string | null {
  return hash === undefined ? null : Buffer.from(hash).toString('hex');
}
