import { HashTree, LayerAssembly, type Metainfo, type PieceLayer, type TorrentFile } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import type { LayersToFetch, SharedTree, TorrentOptions } from '../torrent-options.js';
import { wireHashes } from './torrent-source.js';

/** What peers may ask for that use the v2 info-hash (BEP 52), and what they are asked for to be able to. */
export function hashesOf(metainfo: Metainfo): Pick<TorrentOptions, 'infoHashV2' | 'hashTrees' | 'layersToFetch'> {
  const { infoHashV2, files, pieceLength } = metainfo;
  const shortHash = infoHashV2?.subarray(0, 20);
  // A hybrid whose files are padded is only called by its v1 hash.
  if (shortHash === undefined || !wireHashes(metainfo).some((name) => Buffer.compare(name, shortHash) === 0)) return {};
  const hashTrees = files.flatMap((file) => {
    const { piecesRoot, pieceLayer } = file;
    if (piecesRoot === undefined || pieceLayer === undefined) return [];
    return [treeOf(file, { piecesRoot, hashes: pieceLayer }, pieceLength)];
  });
  const layersToFetch = lackingLayers(metainfo);
  return { infoHashV2: shortHash, hashTrees, ...(layersToFetch === undefined ? {} : { layersToFetch }) };
}

function treeOf({ offset, length }: TorrentFile, layer: PieceLayer, pieceLength: number): SharedTree {
  return [layer.piecesRoot, new HashTree(layer.hashes, pieceLength, hashes.sha256), { offset, length }];
}

/** Those of files of several pieces whose layers nobody has given: of a hybrid that was a magnet link. */
function lackingLayers({ files, pieceLength }: Metainfo): LayersToFetch | undefined {
  const lacking = new Map<string, TorrentFile>();
  for (const file of files) {
    const { piecesRoot, pieceLayer, length } = file;
    if (piecesRoot !== undefined && pieceLayer === undefined && length > pieceLength)
      lacking.set(piecesRoot.join(), file);
  }
  if (lacking.size === 0) return undefined;
  return {
    assemblies: Array.from(lacking.values(), ({ piecesRoot, length }) => {
      const shape = { piecesRoot: piecesRoot!, pieceCount: Math.ceil(length / pieceLength), pieceLength };
      return new LayerAssembly(shape, hashes.sha256);
    }),
    treeOf: (layer) => treeOf(lacking.get(layer.piecesRoot.join())!, layer, pieceLength),
  };
}
