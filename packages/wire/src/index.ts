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
export { ODDITIES, type OddityCode } from './oddities.js';
export { type ClientName, identifyClient, makePeerId } from './peer-id.js';
export { VIOLATIONS, type Violation, type ViolationCode } from './violations.js';
