import type { BencodeNode } from '@unchoke/bencode';
import { expected, refusal, required } from './fields.js';
import { type FileEntry, factsOf, pathNames, readEntry, targetOf } from './file-entry.js';
import type { FileList } from './file-list.js';
import type { Notes } from './notes.js';

const HASH_LENGTH = 20;

/** BEP 3: `length` for a single file, `files` for several; never both. */
export function readFilesV1(info: BencodeNode, name: string, list: FileList, notes: Notes): void {
  const files = info.find('files');
  const length = info.find('length');
  if (files !== undefined && length !== undefined) {
    throw refusal(length, 'length-and-files', '"length" and "files" exclude each other (BEP 3)');
  }
  if (files !== undefined) {
    readFiles(files, name, list, notes);
    return;
  }
  if (length === undefined) throw refusal(info, 'neither-length-nor-files', 'needs "length" or "files" (BEP 3)');
  const entry = readEntry(info, notes);
  list.isSingle = true;
  list.add({ ...factsOf(entry, [name], undefined, notes), isPad: false }, targetOf(entry, name, notes), info);
}

/** BEP 3: a SHA-1 for each piece. */
export function readPieceHashes(info: BencodeNode, pieceCount: number): Uint8Array {
  const node = expected(required(info, 'pieces'), 'string');
  const hashes = node.bytes();
  if (hashes.length % HASH_LENGTH !== 0) {
    throw refusal(node, 'bad-pieces', `must be a multiple of 20 bytes, has ${hashes.length}`);
  }
  const count = hashes.length / HASH_LENGTH;
  if (count === pieceCount) return hashes;
  throw refusal(node, 'piece-count-mismatch', `has the hashes of ${count} pieces; the sizes ask for ${pieceCount}`);
}

function readFiles(files: BencodeNode, name: string, list: FileList, notes: Notes): void {
  expected(files, 'list').map((node) => readFile(expected(node, 'dict'), name, list, notes));
  if (list.files.length === 0) throw refusal(files, 'neither-length-nor-files', 'the list of files is empty');
}

function readFile(node: BencodeNode, name: string, list: FileList, notes: Notes): void {
  const entry = readEntry(node, notes);
  const path = entry.attributes.includes('p') ? padNames(entry, notes) : pathNames(entry, notes);
  path.unshift(name);
  list.add(factsOf(entry, path, undefined, notes), targetOf(entry, name, notes), node);
}

/** BEP 47: the path of a pad file need not be there. */
function padNames(entry: FileEntry, notes: Notes): string[] {
  if (entry.path !== undefined || entry.pathUtf8 !== undefined) return pathNames(entry, notes);
  return ['.pad', String(entry.length?.type === 'integer' ? entry.length.bigintOrNumber() : 0)];
}
