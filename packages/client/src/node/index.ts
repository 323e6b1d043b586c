export { type AddOptions, Client, type ClientOptions, type ClientTorrent } from './client.js';
export type { Source } from './source.js';
