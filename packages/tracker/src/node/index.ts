export { type Announced, announce } from './announce.js';
export type { AnnounceOptions, TrackerOptions } from './options.js';
export { scrape } from './scrape.js';
export { UdpTransport } from './udp-transport.js';
