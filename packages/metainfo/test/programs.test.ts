import { readFileSync } from 'node:fs';
import { parseMetainfo, safePath } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { describe, expect, test } from 'vitest';

interface ProgramVector {
  readonly name: string;
  readonly base64: string;
  readonly libtorrent: {
    readonly name: string;
    readonly pieceLength: number;
    readonly pieceCount: number;
    readonly isPrivate: boolean;
    readonly infoHash: string | null;
    readonly infoHashV2: string | null;
    readonly trackers: readonly (readonly [url: string, tier: number])[];
    readonly comment: string;
    readonly files: readonly (readonly [path: string, length: number, offset: number])[];
  };
  readonly transmissionShow: {
    readonly name: string;
    readonly hash: string;
    readonly pieceCount: number;
    readonly isPrivate: boolean;
    readonly files: readonly string[];
  } | null;
}

const vectors = JSON.parse(
  readFileSync(new URL('./vectors/programs.json', import.meta.url), 'utf8'),
) as readonly ProgramVector[];

describe.each(vectors)('$name', ({ base64, libtorrent, transmissionShow }) => {
  const metainfo = parseMetainfo(Buffer.from(base64, 'base64'), { ...hashes, strict: true });
  const files = metainfo.files.filter((file) => !file.isPad);
  const hex = (hash: Uint8Array | undefined) => (hash === undefined ? null : Buffer.from(hash).toString('hex'));

  test('says what libtorrent says', () => {
    // libtorrent gives empty files in v2 an offset of their own; they have no bytes anywhere.
    const placed = (rows: readonly (readonly [string, number, number])[]) =>
      rows.map(([path, length, offset]) => [path, length, length === 0 ? 0 : offset]);
    expect(placed(files.map((file) => [safePath(file), file.length, file.offset]))).toEqual(placed(libtorrent.files));
    expect(hex(metainfo.infoHash)).toBe(libtorrent.infoHash);
    expect(hex(metainfo.infoHashV2)).toBe(libtorrent.infoHashV2);
    expect(metainfo.name).toBe(libtorrent.name);
    expect(metainfo.pieceLength).toBe(libtorrent.pieceLength);
    expect(metainfo.pieceCount).toBe(libtorrent.pieceCount);
    expect(metainfo.isPrivate).toBe(libtorrent.isPrivate);
    expect(metainfo.comment ?? '').toBe(libtorrent.comment);
    const tiers = metainfo.trackerTiers.flatMap((tier, index) => tier.map((url) => [url, index]));
    expect(tiers.sort()).toEqual([...libtorrent.trackers].sort());
  });

  // It does not read v2 and hybrids.
  if (transmissionShow === null) return;
  test('says what transmission-show says', () => {
    expect(hex(metainfo.infoHash)).toBe(transmissionShow.hash);
    expect(metainfo.name).toBe(transmissionShow.name);
    expect(metainfo.pieceCount).toBe(transmissionShow.pieceCount);
    expect(metainfo.isPrivate).toBe(transmissionShow.isPrivate);
    expect(files.map(safePath).sort()).toEqual([...transmissionShow.files].sort());
  });
});
