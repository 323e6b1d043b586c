export { Client, type ClientOptions } from './client.js';
export type { AddOptions, ClientTorrent } from './client-torrent.js';
export { DIAGNOSTICS, type TorrentDiagnostic } from './diagnostics.js';
export type { Source } from './source.js';
