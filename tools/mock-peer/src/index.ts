export type {
  AlterFields,
  Behaviour,
  BencodeSpec,
  BytesSpec,
  DialPlan,
  Doing,
  DoingType,
  MessageSpec,
  NumberSpec,
  PieceFilter,
  Range,
  Rule,
  When,
} from './behaviour.js';
export { checkBehaviour } from './behaviour-check.js';
export type { Content, Store } from './content.js';
export { bytesContent, memoryStore, parseRandomContent, randomContent } from './content.js';
export type { MockPeerErrorCode } from './errors.js';
export { MockPeerError } from './errors.js';
export type { LinkNotice, Oddity, PeerAction, PeerAddress, PeerEvent } from './events.js';
export { Holdings } from './holdings.js';
export type { CoreOptions } from './link.js';
export type { MessageName } from './message.js';
export { bundledBehaviour, bundledBehaviourNames } from './node/bundled.js';
export type { FileStore } from './node/files.js';
export { openFiles } from './node/files.js';
export type { MockPeer } from './node/mock-peer.js';
export { startMockPeer } from './node/mock-peer.js';
export type { MockPeerNotice, MockPeerOptions } from './node/options.js';
export type { RandomTorrent } from './node/random-torrent.js';
export { randomTorrent } from './node/random-torrent.js';
export { sha1 } from './node/sha1.js';
export type { SinkOptions } from './node/sinks.js';
export { MockPeerCore } from './peer.js';
export { SeededRandom } from './random.js';
export type { MockFile, MockTorrent, Sha1, TorrentPlan } from './torrent.js';
export { makeTorrent, readTorrent } from './torrent.js';
export type { TranscriptRecord } from './transcript.js';
export { Transcript } from './transcript.js';
