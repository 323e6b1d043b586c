export { type Announced, announce } from './announce.js';
export { type DocumentOptions, fetchDocument } from './fetch-document.js';
export type { AnnounceOptions, TrackerOptions } from './options.js';
export { type AnnounceTotals, performAnnounce } from './perform-announce.js';
export { scrape } from './scrape.js';
export { UdpTransport } from './udp-transport.js';
