export { type AddressFamily, formatAddress, type PeerAddress, packAddress } from './address.js';
export { type AddressReach, reachOf } from './address-class.js';
export type {
  AnnounceEvent,
  AnnounceFailure,
  AnnouncePeers,
  AnnounceReply,
  AnnounceRequest,
  SwarmCounts,
} from './announce.js';
export { decodeAnnounceReply, encodeAnnounceReply } from './announce-reply.js';
export { Announcer } from './announcer.js';
export type {
  AnnounceAction,
  AnnounceAnswer,
  AnnouncerAction,
  AnnouncerEvent,
  TrackerStatus,
} from './announcer-events.js';
export type { AnnouncerOptions } from './announcer-options.js';
export type { AnnounceProblem } from './back-off.js';
export { type DialableOptions, dialablePeers } from './dialable-peers.js';
export { TrackerError, type TrackerErrorCode, type TrackerErrorDetails } from './errors.js';
export { type ListedPeer, PeerList, packPeer } from './peer-list.js';
export { parseAnnounceQuery, parseScrapeQuery } from './request-query.js';
export { formatAnnounceUrl, formatScrapeUrl } from './request-url.js';
export {
  decodeScrapeReply,
  encodeScrapeReply,
  type ScrapedSwarm,
  type ScrapeReply,
  type ScrapeSwarms,
} from './scrape-reply.js';
export { redactTrackerUrl } from './tracker-url.js';
export { UdpClient, type UdpClientAction, type UdpClientEvent, type UdpQuestion } from './udp-client.js';
export {
  decodeUdpReply,
  encodeUdpReply,
  type UdpAnnouncePeers,
  type UdpAnnounceReply,
  type UdpConnectReply,
  type UdpErrorReply,
  type UdpReply,
  type UdpScrapeReply,
} from './udp-reply.js';
export {
  decodeUdpRequest,
  encodeUdpRequest,
  UDP_PROTOCOL_ID,
  type UdpAnnounceRequest,
  type UdpConnectRequest,
  type UdpRequest,
  type UdpScrapeRequest,
} from './udp-request.js';
