import type { BencodeNode } from '@unchoke/bencode';
import { expected, refusal } from './fields.js';
import type { FileList } from './file-list.js';
import { type HashFunction, pieceLayerRoot } from './merkle.js';
import type { Notes, Place } from './notes.js';

const HASH_LENGTH = 32;

interface Layer {
  readonly node: BencodeNode;
  readonly hashes: Uint8Array;
  isProven: boolean;
}

/**
 * BEP 52: gives each file longer than a piece the hashes of its pieces, once they were found to lead to its root. Files of
 * the same content share a root and a layer, which is then hashed once. `root` is the torrent around the info dictionary.
 */
export function attachPieceLayers(
  list: FileList,
  root: BencodeNode | undefined,
  pieceLength: number,
  sha256: HashFunction | undefined,
  notes: Notes,
): void {
  const layers = readLayers(root);
  let provenCount = 0;
  for (const file of list.files) {
    if (file.piecesRoot === undefined || file.length <= pieceLength) continue;
    const layer = layers.get(layerKey(file.piecesRoot));
    if (layer === undefined) {
      if (root !== undefined) notes.add('missing-piece-layer', `has none for file ${file.index}`, layersPlace(root));
      continue;
    }
    const length = Math.ceil(file.length / pieceLength) * HASH_LENGTH;
    if (layer.hashes.length !== length) {
      const problem = `has ${layer.hashes.length} bytes; file ${file.index} of ${file.length} bytes needs ${length}`;
      throw refusal(layer.node, 'bad-piece-layer', problem);
    }
    if (!layer.isProven) {
      if (sha256 !== undefined) proveLayer(layer, file.piecesRoot, pieceLength, sha256);
      layer.isProven = true;
      provenCount++;
    }
    file.pieceLayer = layer.hashes;
  }
  if (provenCount === layers.size) return;
  for (const layer of layers.values()) {
    if (!layer.isProven) throw refusal(layer.node, 'bad-piece-layer', 'belongs to no file of several pieces');
  }
}

function readLayers(root: BencodeNode | undefined): ReadonlyMap<string, Layer> {
  const layers = new Map<string, Layer>();
  const node = root?.find('piece layers');
  if (node === undefined) return layers;
  for (const [key, value] of expected(node, 'dict').entries()) {
    if (value.type !== 'string') throw refusal(value, 'bad-piece-layer', 'expected the hashes of pieces');
    layers.set(key, { node: value, hashes: value.bytes(), isProven: false });
  }
  return layers;
}

function proveLayer(layer: Layer, piecesRoot: Uint8Array, pieceLength: number, sha256: HashFunction): void {
  const actual = pieceLayerRoot(layer.hashes, pieceLength, sha256);
  if (actual.every((byte, index) => byte === piecesRoot[index])) return;
  throw refusal(layer.node, 'bad-piece-layer', 'does not lead to the root it stands under');
}

/** Where the layers stand, or would. */
function layersPlace(root: BencodeNode): Place {
  return root.find('piece layers') ?? { path: 'piece layers', offset: root.offset };
}

/** A root as bencode gives the key of a dictionary. */
function layerKey(root: Uint8Array): string {
  return String.fromCharCode(...root);
}
