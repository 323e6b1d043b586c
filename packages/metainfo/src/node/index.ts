export { type CreatedTorrent, type CreateOptions, createTorrent } from './create-torrent.js';
export { hashes, sha1, sha256 } from './hashes.js';
export type { SkippedEntry } from './list-files.js';
export { choosePieceLength } from './piece-length.js';
export { readTorrent } from './read-torrent.js';
