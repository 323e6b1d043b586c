export { Client, type ClientOptions } from './client.js';
export type { AddOptions, ClientTorrent, ClientTorrentStatus } from './client-torrent.js';
export { DIAGNOSTICS, type TorrentDiagnostic } from './diagnostics.js';
export type { FilePriority, FileStatus } from './file-choice.js';
export type { Source } from './source.js';
