import type { BencodeNode } from '@unchoke/bencode';
import type { MetainfoError } from './errors.js';
import { refusal } from './fields.js';
import type { FileDraft, FileList } from './file-list.js';

/**
 * BEP 52, "Upgrade Path": both halves of a hybrid must describe the same files, in the same order, at the same places. Then
 * the v1 list stands (its pad files fill the gaps) and takes the roots of the tree.
 */
export function mergeTree(list: FileList, tree: FileList, info: BencodeNode): void {
  let next = 0;
  for (const file of list.files) {
    if (file.isPad) continue;
    const twin = tree.files[next];
    if (twin === undefined) throw mismatch(info, `file ${file.index} is not in the file tree`);
    const problem = difference(file, twin);
    if (problem !== undefined) throw mismatch(tree.nodes[next]!, problem);
    file.piecesRoot = twin.piecesRoot;
    next++;
  }
  if (next < tree.files.length) throw mismatch(tree.nodes[next]!, 'is not in the list of files');
}

function difference(file: FileDraft, twin: FileDraft): string | undefined {
  const isSamePath =
    file.path.length === twin.path.length && file.path.every((name, index) => name === twin.path[index]);
  if (!isSamePath) return `stands where the v1 half has file ${file.index}, which has another path`;
  if (file.length !== twin.length) return `has ${twin.length} bytes here and ${file.length} in the v1 half`;
  if (file.length > 0 && file.offset !== twin.offset) {
    return `begins at byte ${twin.offset} here and at ${file.offset} in the v1 half: pad files are missing or wrong`;
  }
  return undefined;
}

function mismatch(node: BencodeNode, problem: string): MetainfoError {
  return refusal(node, 'hybrid-mismatch', problem);
}
