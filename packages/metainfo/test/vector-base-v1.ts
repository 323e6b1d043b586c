import { pieces } from './hand-bencode.js';

export const PIECE = 16_384;
export const SINGLE = { length: 5, name: 'a.txt', 'piece length': PIECE, pieces: pieces(1) };
export const HEAD = { name: 't', 'piece length': PIECE, pieces: pieces(1) };
export const several = (...files: readonly { [key: string]: never | number | string | readonly string[] }[]) => ({
  ...HEAD,
  files,
});
export const file = (...path: readonly string[]) => ({ length: 1, path });
