export type { PeerAddress } from './address-book.js';
export { type ChokerDecision, type ChokerPeer, chooseUnchoked } from './choker.js';
export { ClientError, type ClientErrorCode } from './errors.js';
export type { CloseReason, PeerKey, TorrentAction, TorrentEvent, TorrentNotice } from './events.js';
export { LIMITS } from './limits.js';
export type { RandomBelow } from './random.js';
export { Torrent } from './torrent.js';
export type { TorrentOptions } from './torrent-options.js';
export type { PeerStatus, TorrentStatus } from './torrent-status.js';
