import {
  completeInfo,
  LayerAssembly,
  type Magnet,
  type Metainfo,
  type PieceLayer,
  parseInfo,
  parseMetainfo,
} from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';

/** What peers sent for a magnet link, verified. */
export interface Found {
  readonly metadata: Uint8Array;
  /** Of version 2 alone; otherwise there are none. */
  readonly pieceLayers: readonly PieceLayer[];
}

/** The torrent that a magnet link has become: what peers sent, and what only the link says. */
export function metainfoOfMagnet(magnet: Magnet, { metadata, pieceLayers }: Found): Metainfo {
  const metainfo =
    pieceLayers.length === 0 ? parseInfo(metadata, hashes) : parseMetainfo(completeInfo(metadata, pieceLayers), hashes);
  return { ...metainfo, trackerTiers: tiersOf(magnet), webSeeds: magnet.webSeeds };
}

/** A link knows no tiers: each tracker is one of its own, in the order of the link. */
export function tiersOf({ trackers }: Magnet): readonly (readonly string[])[] {
  return trackers.map((url) => [url]);
}

/** The files that the link names (BEP 53), as far as there are such; `undefined`, which means all, when it names none of them. */
export function selectionOf({ selectedFiles }: Magnet, { files }: Metainfo): readonly number[] | undefined {
  if (selectedFiles === undefined) return undefined;
  const isNamed = (index: number) => selectedFiles.some(({ first, last }) => first <= index && index <= last);
  const named = [...files.keys()].filter((index) => !files[index]!.isPad && isNamed(index));
  return named.length > 0 ? named : undefined;
}

/** 20 bytes for the wire, as of a torrent: the v1 hash, or the first 20 bytes of the v2 one (BEP 52, infohash). */
export function wireHashOfMagnet({ infoHash, infoHashV2 }: Magnet): Uint8Array {
  return infoHash ?? infoHashV2!.subarray(0, 20);
}

/**
 * What the info dictionary of a v2 torrent lacks (BEP 52): the hashes of the pieces of every file that has several. Files of the
 * same content share them. Metadata that makes no torrent lacks nothing: it is refused when it becomes one.
 */
export function missingLayers(metadata: Uint8Array): readonly LayerAssembly[] {
  const missing = new Map<string, LayerAssembly>();
  const { version, files, pieceLength } = tryParseInfo(metadata) ?? NOTHING;
  for (const { length, piecesRoot } of version === 'v2' ? files : []) {
    if (length <= pieceLength || piecesRoot === undefined) continue;
    const shape = { piecesRoot, pieceCount: Math.ceil(length / pieceLength), pieceLength };
    missing.set(piecesRoot.join(), new LayerAssembly(shape, hashes.sha256));
  }
  return [...missing.values()];
}

const NOTHING = { version: 'v2', files: [], pieceLength: 0 } as const;

function tryParseInfo(metadata: Uint8Array): Metainfo | undefined {
  try {
    return parseInfo(metadata, hashes);
  } catch {
    return undefined;
  }
}
