import type { BencodeNode } from '@unchoke/bencode';
import { keyText, refusal, required } from './fields.js';
import { factsOf, isLink, readEntry, targetOf } from './file-entry.js';
import type { FileList } from './file-list.js';
import { LIMITS } from './limits.js';
import type { Notes } from './notes.js';

const ROOT_LENGTH = 32;
/** BEP 52: the entry below this key says that the path so far is a file. */
const FILE_KEY = '';

/**
 * BEP 52: the tree of folders and files, in the order of its keys. Whether a lone file has a folder around it a hybrid says
 * in its v1 half (`isSingle`); without one it has none exactly if it is called like the torrent.
 */
export function readFileTree(
  info: BencodeNode,
  name: string,
  isSingle: boolean | undefined,
  list: FileList,
  notes: Notes,
): void {
  const tree = required(info, 'file tree');
  if (tree.type !== 'dict') throw refusal(tree, 'bad-file-tree', 'must be a dictionary');
  if (tree.find(FILE_KEY) !== undefined) throw refusal(tree, 'bad-file-tree', 'its root must not be a file');
  list.isSingle = isSingle ?? isLoneFile(tree, name, notes);
  readFolder(tree, list.isSingle ? [] : [name], name, list, notes);
  if (list.files.length === 0) throw refusal(tree, 'bad-file-tree', 'has no files');
}

function isLoneFile(tree: BencodeNode, name: string, notes: Notes): boolean {
  if (tree.count !== 1) return false;
  for (const [key, node] of tree.entries()) {
    if (node.type === 'dict' && node.find(FILE_KEY) !== undefined) return keyText(key, node, notes) === name;
  }
  return false;
}

/** Recursion is as deep as a path may be long. */
function readFolder(
  folder: BencodeNode,
  path: readonly string[],
  torrentName: string,
  list: FileList,
  notes: Notes,
): void {
  if (path.length >= LIMITS.pathDepthMax) {
    throw refusal(folder, 'path-too-deep', `has more than ${LIMITS.pathDepthMax} names (pathDepthMax)`);
  }
  for (const [key, node] of folder.entries()) {
    if (node.type !== 'dict') throw refusal(node, 'bad-file-tree', 'must be a dictionary: a folder or a file');
    if (key === FILE_KEY) throw refusal(node, 'bad-file-tree', 'is a file and a folder at once');
    const names = [...path, keyText(key, node, notes)];
    const file = fileBelow(node);
    if (file === undefined) readFolder(node, names, torrentName, list, notes);
    else readFile(file, names, torrentName, list, notes);
  }
}

/** The description of the file that this entry is, or `undefined` for a folder. */
function fileBelow(node: BencodeNode): BencodeNode | undefined {
  const file = node.find(FILE_KEY);
  if (file === undefined) return undefined;
  if (file.type !== 'dict') throw refusal(file, 'bad-file-tree', 'must be a dictionary that describes a file');
  if (node.count !== 1) throw refusal(node, 'bad-file-tree', 'is a file and a folder at once');
  return file;
}

function readFile(node: BencodeNode, path: readonly string[], torrentName: string, list: FileList, notes: Notes): void {
  const entry = readEntry(node, notes);
  const facts = factsOf(entry, path, undefined, notes);
  if (facts.isPad) throw refusal(node, 'bad-file-tree', 'is a pad file, which v2 does not have: its files are aligned');
  if (facts.length > 0) facts.piecesRoot = rootOf(entry.piecesRoot, node);
  else if (entry.piecesRoot !== undefined && !isLink(entry)) {
    notes.add('field-ignored', 'an empty file has no root (BEP 52)', entry.piecesRoot);
  }
  list.add(facts, targetOf(entry, torrentName, notes), node);
}

function rootOf(node: BencodeNode | undefined, file: BencodeNode): Uint8Array {
  if (node === undefined) throw refusal(file, 'bad-pieces-root', 'the key "pieces root" is missing (BEP 52)');
  const root = node.type === 'string' ? node.bytes() : undefined;
  if (root?.length !== ROOT_LENGTH) throw refusal(node, 'bad-pieces-root', 'expected 32 bytes (BEP 52)');
  // No content hashes to zeros; clients use them for "no root".
  if (root.every((byte) => byte === 0)) throw refusal(node, 'bad-pieces-root', 'is all zeros');
  return root;
}
