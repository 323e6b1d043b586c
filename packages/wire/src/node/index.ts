export { type ConnectPeerOptions, connectPeer } from './connect-peer.js';
export { type CloseCode, PeerConnectionError } from './connection-error.js';
export { CONNECTION_LIMITS } from './limits.js';
export { type ListenOptions, listenForPeers, PeerListener, type ServedTorrent } from './listen-for-peers.js';
export { type ConnectionOptions, PeerConnection } from './peer-connection.js';
