import type { BencodeNode } from '@unchoke/bencode';
import { countOf, refusal, textOf } from './fields.js';
import type { FileFacts } from './file-list.js';
import { LIMITS } from './limits.js';
import type { Notes } from './notes.js';
import { linkTarget } from './symlinks.js';
import { strictText } from './text.js';

const SHA1_LENGTH = 20;
const MD5_TEXT = /^[0-9a-f]{32}$/i;

/** The keys of one file, found in one pass; the dictionary can be that of a file or the whole info dictionary. */
export interface FileEntry {
  readonly node: BencodeNode;
  readonly length: BencodeNode | undefined;
  readonly path: BencodeNode | undefined;
  readonly pathUtf8: BencodeNode | undefined;
  readonly piecesRoot: BencodeNode | undefined;
  readonly symlinkPath: BencodeNode | undefined;
  readonly md5sum: BencodeNode | undefined;
  readonly sha1: BencodeNode | undefined;
  /** The letters of BEP 47. */
  readonly attributes: string;
}

/** Most files have a length and a path and nothing else; then nothing else is looked for. */
export function readEntry(node: BencodeNode, notes: Notes): FileEntry {
  const length = node.find('length');
  const path = node.find('path');
  if (length === undefined || path === undefined || node.count > 2) return readRareEntry(node, length, path, notes);
  return {
    node,
    length,
    path,
    pathUtf8: undefined,
    piecesRoot: undefined,
    symlinkPath: undefined,
    md5sum: undefined,
    sha1: undefined,
    attributes: '',
  };
}

function readRareEntry(
  node: BencodeNode,
  length: BencodeNode | undefined,
  path: BencodeNode | undefined,
  notes: Notes,
): FileEntry {
  const attributes = node.find('attr');
  return {
    node,
    length,
    path,
    pathUtf8: node.find('path.utf-8'),
    piecesRoot: node.find('pieces root'),
    symlinkPath: node.find('symlink path'),
    md5sum: node.find('md5sum'),
    sha1: node.find('sha1'),
    attributes: attributes === undefined ? '' : attributesOf(attributes, notes),
  };
}

/** What does not depend on the version of the torrent. */
export function factsOf(
  entry: FileEntry,
  path: readonly string[],
  piecesRoot: Uint8Array | undefined,
  notes: Notes,
): FileFacts {
  const { attributes } = entry;
  return {
    path,
    length: lengthOf(entry, notes),
    isPad: attributes !== '' && attributes.includes('p'),
    isExecutable: attributes !== '' && attributes.includes('x'),
    isHidden: attributes !== '' && attributes.includes('h'),
    md5sum: entry.md5sum === undefined ? undefined : md5Of(entry.md5sum, notes),
    sha1: entry.sha1 === undefined ? undefined : sha1Of(entry.sha1, notes),
    piecesRoot,
  };
}

/** BEP 47: a link takes no space, whatever it says. */
export function lengthOf(entry: FileEntry, notes: Notes): number {
  const { length, node } = entry;
  if (!isLink(entry)) {
    if (length === undefined) throw refusal(node, 'missing-field', 'the key "length" is missing');
    return countOf(length, 'bad-file-length');
  }
  if (length !== undefined && countOf(length, 'bad-file-length') !== 0) {
    notes.add('field-ignored', 'a link has no length of its own (BEP 47)', length);
  }
  return 0;
}

export function isLink(entry: FileEntry): boolean {
  return entry.attributes !== '' && entry.attributes.includes('l');
}

/** Where a link leads; `undefined` for what is none. */
export function targetOf(entry: FileEntry, torrentName: string, notes: Notes): readonly string[] | undefined {
  if (!isLink(entry)) return undefined;
  const { symlinkPath, node } = entry;
  if (symlinkPath === undefined) throw refusal(node, 'bad-symlink', 'a link without "symlink path" (BEP 47)');
  return linkTarget(namesOf(symlinkPath, 'bad-symlink', notes), torrentName, symlinkPath);
}

/** A list of names, for the caller to keep; `path.utf-8` counts when it is UTF-8 throughout. */
export function pathNames(entry: FileEntry, notes: Notes): string[] {
  const node = entry.pathUtf8 !== undefined && isUtf8Path(entry.pathUtf8) ? entry.pathUtf8 : entry.path;
  if (node === undefined) throw refusal(entry.node, 'missing-field', 'the key "path" is missing');
  const names = namesOf(node, 'bad-path', notes);
  if (names.length === 0) throw refusal(node, 'bad-path', 'a path needs at least one name');
  return names;
}

function namesOf(node: BencodeNode, code: 'bad-path' | 'bad-symlink', notes: Notes): string[] {
  if (node.type !== 'list') throw refusal(node, code, 'expected a list of names');
  return node.map((item, index) => {
    if (item.type !== 'string') throw refusal(item, code, 'expected a name, which is a string');
    if (index === LIMITS.pathDepthMax) {
      throw refusal(node, 'path-too-deep', `has more than ${LIMITS.pathDepthMax} names (pathDepthMax)`);
    }
    return textOf(item, notes);
  });
}

function isUtf8Path(node: BencodeNode): boolean {
  if (node.type !== 'list') return false;
  let count = 0;
  for (const item of node.items()) {
    if (item.type !== 'string' || strictText(item.bytes()) === undefined) return false;
    count++;
  }
  return count > 0;
}

function attributesOf(node: BencodeNode, notes: Notes): string {
  if (node.type === 'string') return node.byteText();
  notes.add('field-ignored', 'expected a string of letters (BEP 47)', node);
  return '';
}

function md5Of(node: BencodeNode, notes: Notes): string | undefined {
  const text = node.type === 'string' ? node.byteText() : '';
  if (MD5_TEXT.test(text)) return text.toLowerCase();
  notes.add('field-ignored', 'expected 32 hexadecimal digits', node);
  return undefined;
}

function sha1Of(node: BencodeNode, notes: Notes): Uint8Array | undefined {
  if (node.type === 'string' && node.bytes().length === SHA1_LENGTH) return node.bytes();
  notes.add('field-ignored', 'expected 20 bytes (BEP 47)', node);
  return undefined;
}
