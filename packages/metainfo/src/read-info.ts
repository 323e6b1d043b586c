import type { BencodeNode } from '@unchoke/bencode';
import { expected, optionalText, preferUtf8, refusal, required, shown, textOf } from './fields.js';
import { FileList } from './file-list.js';
import { readFileTree } from './file-tree.js';
import { toHex } from './hex.js';
import { mergeTree } from './hybrid.js';
import { readFilesV1, readPieceHashes } from './info-v1.js';
import { LIMITS } from './limits.js';
import { BLOCK_LENGTH } from './merkle.js';
import type { Metainfo } from './metainfo.js';
import type { Notes } from './notes.js';
import type { Hashes } from './parse-metainfo.js';
import { attachPieceLayers } from './piece-layers.js';

/** What the info dictionary says. */
export type InfoPart = Pick<
  Metainfo,
  | 'version'
  | 'infoHash'
  | 'infoHashV2'
  | 'infoBytes'
  | 'name'
  | 'pieceLength'
  | 'pieceCount'
  | 'pieceHashes'
  | 'totalLength'
  | 'contentLength'
  | 'files'
  | 'isPrivate'
  | 'source'
>;

/** The only `meta version` there is (BEP 52). */
const META_VERSION = 2;
const V1_INFO_HASH_LENGTH = 20;

/** Reads the info dictionary; `root` is the torrent around it, if there is one. */
export function readInfo(
  info: BencodeNode,
  root: BencodeNode | undefined,
  hashes: Hashes | undefined,
  notes: Notes,
): InfoPart {
  const version = versionOf(expected(info, 'dict'));
  const infoBytes = info.raw;
  const infoHash = version === 'v2' ? undefined : hashes?.sha1(infoBytes);
  const infoHashV2 = version === 'v1' ? undefined : hashes?.sha256(infoBytes);
  const name = nameOf(info, notes) || toHex((infoHash ?? infoHashV2 ?? infoBytes).subarray(0, V1_INFO_HASH_LENGTH));
  const pieceLength = pieceLengthOf(info, version !== 'v1');

  const list = new FileList(pieceLength, version === 'v2', notes);
  if (version === 'v2') readFileTree(info, name, undefined, list, notes);
  else readFilesV1(info, name, list, notes);
  if (version === 'hybrid') {
    const tree = new FileList(pieceLength, true, notes);
    readFileTree(info, name, list.isSingle, tree, notes);
    mergeTree(list, tree, info);
  }
  list.finish(info);
  const pieceCount = pieceCountOf(list.totalLength, pieceLength, info);
  const pieceHashes = version === 'v2' ? undefined : readPieceHashes(info, pieceCount);
  if (version !== 'v1') attachPieceLayers(list, root, pieceLength, hashes?.sha256, notes);
  const { totalLength, contentLength, files } = list;
  const isPrivate = isPrivateIn(info, notes);
  const source = optionalText(info, 'source', notes);
  return {
    version,
    infoHash,
    infoHashV2,
    infoBytes,
    name,
    pieceLength,
    pieceCount,
    pieceHashes,
    totalLength,
    contentLength,
    files,
    isPrivate,
    source,
  };
}

/** BEP 52: this is looked at first, so that a future version is not called broken. */
function versionOf(info: BencodeNode): Metainfo['version'] {
  const node = info.find('meta version');
  if (node === undefined) {
    if (info.find('pieces') === undefined && info.find('file tree') !== undefined) required(info, 'meta version');
    return 'v1';
  }
  const version = expected(node, 'integer').bigintOrNumber();
  if (version !== META_VERSION) {
    throw refusal(node, 'unsupported-version', `is ${shown(version)}; only ${META_VERSION} is known (BEP 52)`);
  }
  return info.find('pieces') === undefined ? 'v2' : 'hybrid';
}

function nameOf(info: BencodeNode, notes: Notes): string {
  const plain = info.find('name');
  const node = preferUtf8(plain === undefined ? undefined : expected(plain, 'string'), info.find('name.utf-8'));
  return textOf(node ?? required(info, 'name'), notes);
}

function pieceLengthOf(info: BencodeNode, isV2: boolean): number {
  const node = expected(required(info, 'piece length'), 'integer');
  const length = node.bigintOrNumber();
  if (length <= 0 || length > LIMITS.pieceLengthMax) {
    const problem = `must be from 1 to ${LIMITS.pieceLengthMax} (pieceLengthMax), is ${shown(length)}`;
    throw refusal(node, 'bad-piece-length', problem);
  }
  const value = Number(length);
  if (isV2 && (value < BLOCK_LENGTH || (value & (value - 1)) !== 0)) {
    throw refusal(node, 'bad-piece-length', `must be a power of two from ${BLOCK_LENGTH} on (BEP 52), is ${value}`);
  }
  return value;
}

function pieceCountOf(totalLength: number, pieceLength: number, info: BencodeNode): number {
  const count = Math.ceil(totalLength / pieceLength);
  if (count <= LIMITS.pieceCountMax) return count;
  throw refusal(info, 'too-many-pieces', `has ${count} pieces, more than ${LIMITS.pieceCountMax} (pieceCountMax)`);
}

function isPrivateIn(info: BencodeNode, notes: Notes): boolean {
  const node = info.find('private');
  if (node === undefined) return false;
  const value = node.type === 'integer' ? node.bigintOrNumber() : undefined;
  if (value !== 0 && value !== 1) notes.add('field-ignored', 'should be 0 or 1; taken as 1 (BEP 27)', node);
  return value !== 0;
}
