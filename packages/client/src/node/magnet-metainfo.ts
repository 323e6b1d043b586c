import { type Magnet, type Metainfo, parseInfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { ClientError } from '../errors.js';

/** The torrent that a magnet link has become: what peers sent, and what only the link says. */
export function metainfoOfMagnet(magnet: Magnet, metadata: Uint8Array): Metainfo {
  const metainfo = parseInfo(metadata, hashes);
  checkLayers(metainfo);
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

/** The piece layers of v2 stand outside the info dictionary, so that peers do not send them with it. */
function checkLayers({ version, files, pieceLength }: Metainfo): void {
  if (version !== 'v2' || files.every(({ length }) => length <= pieceLength)) return;
  const message =
    'magnet links of version 2 alone are only supported for files of one piece so far; hybrid ones work, and so does the torrent file';
  throw new ClientError('not-supported', message);
}
