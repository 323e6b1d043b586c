import { type Content, type MockTorrent, parseRandomContent, sha1 } from '@unchoke/mock-peer';
import { bencode, dict, type Value } from './bencode.js';

/** A file of a torrent as it stands in the info dictionary: nothing is cleaned. */
export interface PlannedFile {
  readonly path: readonly (string | Uint8Array)[];
  readonly length: number;
  /** More keys, such as `attr` or `path.utf-8`. */
  readonly extra?: Readonly<Record<string, Value>>;
}

/** What a case wants for a torrent; by default one file of 15 pieces of two blocks, the last one short: a bitfield has a spare bit. */
export interface TorrentPlan {
  readonly name?: string | Uint8Array;
  readonly length?: number;
  readonly pieceLength?: number;
  readonly files?: readonly PlannedFile[];
  readonly isPrivate?: boolean;
  /** Other values of the info dictionary; undefined removes a key. */
  readonly info?: Readonly<Record<string, Value | undefined>>;
  /** Other values beside the info dictionary. */
  readonly root?: Readonly<Record<string, Value | undefined>>;
  /** The keys of the info dictionary backwards. */
  readonly isUnsorted?: boolean;
}

/** A torrent, what its peers have to know of it, and what should be on disk in the end. */
export interface TestTorrent {
  readonly file: Uint8Array;
  readonly mock: MockTorrent;
  readonly content: Content;
  /** Below the folder of the download. */
  readonly files: readonly { readonly path: readonly string[]; readonly offset: number; readonly length: number }[];
  readonly name: string;
}

/** Makes it. What it holds depends on the seed only. */
export function testTorrent(plan: TorrentPlan, tracker: string, seed: number): TestTorrent {
  const pieceLength = plan.pieceLength ?? 32_768;
  const length = plan.files?.reduce((sum, file) => sum + file.length, 0) ?? plan.length ?? 14 * 32_768 + 20_000;
  const content = withPadding(parseRandomContent(`${length}:${seed % 1_000_000}`), plan.files ?? []);
  const pieceHashes = hashesOf(content, pieceLength);
  const name = plan.name ?? 'noise.bin';
  const files = plan.files?.map(({ path, length: bytes, extra }) => dict({ length: bytes, path, ...extra }));
  const info = dict({
    ...{ name, 'piece length': pieceLength, pieces: pieceHashes },
    ...(files === undefined ? { length } : { files }),
    ...(plan.isPrivate === true ? { private: 1 } : {}),
    ...plan.info,
  });
  const ordered = plan.isUnsorted === true ? new Map([...info].reverse()) : info;
  const infoBytes = bencode(ordered);
  const file = bencode(dict({ announce: tracker, info: { raw: infoBytes }, ...plan.root }));
  const folder = text(name);
  let offset = 0;
  const placed = (plan.files ?? [{ path: [], length }]).map((one) => {
    const start = offset;
    offset += one.length;
    return { path: [folder, ...one.path.map(text)], offset: start, length: one.length };
  });
  const mock: MockTorrent = {
    ...{ infoHash: sha1(infoBytes), infoBytes, name: folder, pieceLength, pieceHashes, trackers: [tracker] },
    ...{ pieceCount: pieceHashes.length / 20, totalLength: length },
    files: placed.map((one) => ({ path: one.path, length: one.length, isPadding: false })),
  };
  return { file, mock, content, files: placed, name: folder };
}

function hashesOf(content: Content, pieceLength: number): Uint8Array {
  const hashes: Uint8Array[] = [];
  for (let offset = 0; offset < content.length; offset += pieceLength) {
    hashes.push(sha1(content.read(offset, Math.min(pieceLength, content.length - offset))));
  }
  return new Uint8Array(Buffer.concat(hashes));
}

/** BEP 47: pad files hold zeros, so whoever knows them neither asks for them nor writes them. */
function withPadding(content: Content, files: readonly PlannedFile[]): Content {
  const pads: { readonly from: number; readonly to: number }[] = [];
  let offset = 0;
  for (const { length, extra } of files) {
    if (extra?.['attr'] === 'p') pads.push({ from: offset, to: offset + length });
    offset += length;
  }
  if (pads.length === 0) return content;
  return {
    length: content.length,
    read: (start, length) => {
      const bytes = content.read(start, length).slice();
      for (const { from, to } of pads) bytes.fill(0, Math.max(0, from - start), Math.max(0, to - start));
      return bytes;
    },
  };
}

function text(part: string | Uint8Array): string {
  return typeof part === 'string' ? part : new TextDecoder().decode(part);
}
