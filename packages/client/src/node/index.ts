export { type AddOptions, Client, type ClientOptions, type ClientTorrent } from './client.js';
