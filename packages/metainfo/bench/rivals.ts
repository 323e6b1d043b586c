import { files as ctrlFiles, hash as ctrlHash, info as ctrlInfo } from '@ctrl/torrent-file';
import { parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
// @ts-expect-error The package has no types of its own.
import parseTorrentUntyped from 'parse-torrent';

const parseTorrent: (bytes: Uint8Array) => Promise<{ infoHash: string; files: unknown[]; length: number }> =
  parseTorrentUntyped;

/** What is compared before anything is timed. */
export interface Facts {
  readonly infoHash: string;
  readonly fileCount: number;
  readonly totalLength: number;
}

export interface Parser {
  readonly name: string;
  /** All of a torrent: its info-hash, its fields, its files. */
  parse(bytes: Uint8Array): unknown;
  facts(bytes: Uint8Array): Facts | Promise<Facts>;
}

export const OURS: Parser = {
  name: '@unchoke/metainfo',
  parse: (bytes) => parseMetainfo(bytes, hashes),
  facts: (bytes) => {
    const { infoHash, files, totalLength } = parseMetainfo(bytes, hashes);
    return { infoHash: Buffer.from(infoHash ?? []).toString('hex'), fileCount: files.length, totalLength };
  },
};

export const RIVALS: readonly Parser[] = [
  {
    name: 'parse-torrent',
    parse: (bytes) => parseTorrent(bytes),
    facts: async (bytes) => {
      const torrent = await parseTorrent(bytes);
      return { infoHash: torrent.infoHash, fileCount: torrent.files.length, totalLength: torrent.length };
    },
  },
  {
    // It gives the hash, the fields and the files by three functions, each of which decodes.
    name: '@ctrl/torrent-file',
    parse: (bytes) => [ctrlHash(bytes), ctrlInfo(bytes), ctrlFiles(bytes)],
    facts: (bytes) => {
      const { files, length } = ctrlFiles(bytes);
      return { infoHash: ctrlHash(bytes), fileCount: files.length, totalLength: length };
    },
  },
];
