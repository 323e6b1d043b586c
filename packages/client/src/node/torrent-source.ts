import { type Metainfo, safePath } from '@unchoke/metainfo';
import type { Strategy } from '@unchoke/pieces';
import type { PieceHashes, StatePlace, StorageFile } from '@unchoke/pieces/node';
import { ClientError } from '../errors.js';
import type { SeedGoals, SeedRecord } from '../seed-goal.js';
import type { FilePriority } from './file-choice.js';
import type { MagnetLegacy } from './running-magnet.js';

/** A torrent, where it goes, and how. */
export interface TorrentSource {
  readonly metainfo: Metainfo;
  /** 20 bytes, as on the wire. */
  readonly infoHash: Uint8Array;
  readonly root: string;
  readonly files: readonly StorageFile[];
  readonly hashes: PieceHashes;
  readonly state: StatePlace | undefined;
  readonly trackerTiers: readonly (readonly string[])[];
  readonly strategy: Strategy;
  /** How much each file is wanted. */
  readonly choice: readonly FilePriority[];
  readonly seedGoals: SeedGoals;
  readonly seedRecord: SeedRecord | undefined;
  /** Takes over from the magnet link that this torrent was. */
  readonly inherit?: (() => MagnetLegacy) | undefined;
}

/** The files of a torrent, as the storage wants them: with names that cannot leave the folder. */
export function storageFiles({ files }: Metainfo, selected?: ReadonlySet<number>): readonly StorageFile[] {
  return files
    .filter(({ symlinkTarget }) => symlinkTarget === undefined)
    .map((file) => ({
      path: safePath(file).split('/'),
      offset: file.offset,
      length: file.length,
      isPad: file.isPad,
      wanted: selected === undefined || selected.has(file.index),
    }));
}

/** For each file of a torrent its place among those of the storage, which makes no links. */
export function storageIndexes({ files }: Metainfo): readonly (number | undefined)[] {
  let index = 0;
  return files.map(({ symlinkTarget }) => (symlinkTarget === undefined ? index++ : undefined));
}

/** What the pieces must hash to. */
export function pieceHashes({ pieceHashes, files, pieceLength, pieceCount }: Metainfo): PieceHashes {
  if (pieceHashes !== undefined) return { algorithm: 'sha1', digests: pieceHashes };
  const digests = new Uint8Array(32 * pieceCount);
  for (const { offset, length, pieceLayer, piecesRoot } of files) {
    const layer = pieceLayer ?? piecesRoot;
    if (length === 0 || layer === undefined) continue;
    digests.set(layer, 32 * (offset / pieceLength));
  }
  return { algorithm: 'sha256', digests };
}

/** 20 bytes for the wire: the v1 hash, or the first 20 bytes of the v2 one (BEP 52, infohash). */
export function wireHash({ infoHash, infoHashV2 }: Metainfo): Uint8Array {
  const hash = infoHash ?? infoHashV2?.subarray(0, 20);
  if (hash === undefined) throw new ClientError('bad-torrent', 'the torrent has no info-hash');
  return hash;
}

/**
 * All by which a peer may call it. A hybrid torrent has two names (BEP 52, upgrade path); the second one is only answered when
 * both mean the same bytes: in a swarm of version 2 nobody asks for what pads the files.
 */
export function wireHashes(metainfo: Metainfo): readonly Uint8Array[] {
  const { infoHash, infoHashV2, files } = metainfo;
  const isSameSpace = infoHash !== undefined && infoHashV2 !== undefined && !files.some(({ isPad }) => isPad);
  return isSameSpace ? [infoHash, infoHashV2.subarray(0, 20)] : [wireHash(metainfo)];
}
