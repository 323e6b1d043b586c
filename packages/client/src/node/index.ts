export { type AddOptions, Client, type ClientOptions, type ClientTorrent } from './client.js';
export { DIAGNOSTICS, type TorrentDiagnostic } from './diagnostics.js';
export type { Source } from './source.js';
