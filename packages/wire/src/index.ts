export { allowedFastSet } from './allowed-fast.js';
export {
  BLOCK_FRAME_LENGTH,
  encodeMessage,
  HAVE_FRAME_LENGTH,
  PIECE_FRAME_HEADER_LENGTH,
  writeBlockMessage,
  writeHave,
  writePieceHeader,
} from './encode-message.js';
export { type LocalErrorCode, LocalProtocolError, RemoteProtocolError } from './errors.js';
export {
  type ExtendedHandshake,
  encodeExtendedHandshake,
  type ParsedExtendedHandshake,
  parseExtendedHandshake,
} from './extensions/extended-handshake.js';
export { EXTENSIONS, type ExtensionEvent, type ExtensionMessage, type ExtensionOffer } from './extensions/extension.js';
export {
  encodeHolepunchMessage,
  HOLEPUNCH_ERRORS,
  type HolepunchMessage,
  parseHolepunchMessage,
} from './extensions/holepunch-message.js';
export {
  encodeMetadataMessage,
  METADATA_PART_LENGTH,
  type MetadataMessage,
  parseMetadataMessage,
} from './extensions/metadata-message.js';
export {
  encodePexMessage,
  type ParsedPexMessage,
  PEX_FLAGS,
  type PexAddress,
  type PexMessage,
  type PexPeer,
  parsePexMessage,
} from './extensions/pex-message.js';
export { encodeDontHave, encodeUploadOnly, parseDontHave, parseUploadOnly } from './extensions/small-messages.js';
export { FrameDecoder, type FrameDecoderOptions } from './frame-decoder.js';
export {
  encodeHandshake,
  encodeReserved,
  HANDSHAKE_LENGTH,
  type Handshake,
  HandshakeDecoder,
  type Offers,
  parseReserved,
} from './handshake.js';
export { LIMITS } from './limits.js';
export type { LinkEvent } from './link-event.js';
export type {
  BlockMessage,
  BlockSpan,
  HashRange,
  Message,
  MessageType,
  PieceIndexMessage,
  PieceMessage,
  SignalMessage,
} from './messages.js';
export {
  type MetadataAction,
  type MetadataBlame,
  type MetadataEvent,
  MetadataFetch,
  type MetadataFetchOptions,
  type PeerKey,
} from './metadata-fetch.js';
export { ODDITIES, type OddityCode } from './oddities.js';
export { type ClientName, identifyClient, makePeerId } from './peer-id.js';
export { type LinkOptions, PeerLink } from './peer-link.js';
export type { Phase, SideState } from './side.js';
export type { TorrentShape } from './torrent-shape.js';
export { VIOLATIONS, type Violation, type ViolationCode } from './violations.js';
