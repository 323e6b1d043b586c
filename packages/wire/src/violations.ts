/**
 * What a peer cannot do by accident of timing, only by breaking a rule. A closed list: {@link VIOLATIONS} names the rule of each.
 *
 * @example
 * ```ts
 * import { VIOLATIONS, type ViolationCode } from '@unchoke/wire';
 *
 * const code: ViolationCode = 'piece-unrequested';
 * console.assert(VIOLATIONS[code].rule === 'BEP 6, Modifications to Semantics of Existing Messages');
 * ```
 */
export type ViolationCode =
  | 'wrong-protocol'
  | 'wrong-info-hash'
  | 'frame-too-long'
  | 'frame-length-wrong'
  | 'block-too-long'
  | 'bitfield-length-wrong'
  | 'bitfield-spare-bits'
  | 'availability-not-first'
  | 'piece-out-of-range'
  | 'request-out-of-range'
  | 'request-too-long'
  | 'block-out-of-range'
  | 'fast-not-negotiated'
  | 'extended-not-negotiated'
  | 'piece-unrequested'
  | 'reject-unrequested'
  | 'hash-range-invalid'
  | 'payload-malformed';

/** One rule: where it stands and what breaks it. */
export interface Violation {
  /** BEP and section. */
  readonly rule: string;
  readonly meaning: string;
}

/**
 * The rule behind every violation code.
 *
 * @example
 * ```ts
 * import { VIOLATIONS } from '@unchoke/wire';
 *
 * console.assert(VIOLATIONS['availability-not-first'].rule.startsWith('BEP 3'));
 * ```
 */
export const VIOLATIONS: Readonly<Record<ViolationCode, Violation>> = {
  'wrong-protocol': {
    rule: 'BEP 3, peer protocol',
    meaning: 'the connection did not begin with 19 and “BitTorrent protocol”; judged at the first wrong byte',
  },
  'wrong-info-hash': {
    rule: 'BEP 3, peer protocol',
    meaning: 'the handshake is about another torrent than the one this connection was made for',
  },
  'frame-too-long': {
    rule: 'BEP 3, peer messages (our limits, `LIMITS`)',
    meaning: 'a length prefix beyond everything its message id allows; judged before any of it is stored',
  },
  'frame-length-wrong': {
    rule: 'BEP 3, peer messages; BEP 5, 6, 10 and 52 for their messages',
    meaning: 'a message of fixed size has another size, or one with a minimum is shorter',
  },
  'block-too-long': {
    rule: 'BEP 3, peer messages (`request`: 2^14)',
    meaning: 'a piece message with a longer block than anyone may ask for',
  },
  'bitfield-length-wrong': {
    rule: 'BEP 3, peer messages (`bitfield`)',
    meaning: 'the bitfield does not have one bit for each piece of the torrent, rounded up to bytes',
  },
  'bitfield-spare-bits': {
    rule: 'BEP 3, peer messages (`bitfield`)',
    meaning: 'a spare bit at the end of the bitfield is set',
  },
  'availability-not-first': {
    rule: 'BEP 3, peer messages (`bitfield`); BEP 6, Have All/Have None',
    meaning: 'have-none came after another message about pieces, or a second time',
  },
  'piece-out-of-range': {
    rule: 'BEP 3, peer messages (`have`); BEP 6, Suggest Piece and Allowed Fast; BEP 54, Protocol encoding',
    meaning: 'have, suggest, allowed-fast or lt_donthave names a piece the torrent does not have',
  },
  'request-out-of-range': {
    rule: 'BEP 3, peer messages (`request`, `cancel`); BEP 6, Reject Request',
    meaning: 'request, cancel or reject names nothing, or bytes beyond the end of a piece or of the torrent',
  },
  'request-too-long': {
    rule: 'BEP 3, peer messages (`request`: 2^14)',
    meaning: 'a request for more bytes than a block may have',
  },
  'block-out-of-range': {
    rule: 'BEP 3, peer messages (`piece`)',
    meaning: 'a block outside its piece or outside the torrent',
  },
  'fast-not-negotiated': {
    rule: 'BEP 6, every section: “MUST close the connection”',
    meaning: 'a message of the fast extension although not both handshakes offered it',
  },
  'extended-not-negotiated': {
    rule: 'BEP 10, introduction',
    meaning: 'an extended message although not both handshakes offered the extension protocol',
  },
  'piece-unrequested': {
    rule: 'BEP 6, Modifications to Semantics of Existing Messages',
    meaning: 'with the fast extension: a block that was never asked for, was answered before, or has another length',
  },
  'reject-unrequested': {
    rule: 'BEP 6, Reject Request',
    meaning: 'a reject for a request that was never sent or was answered before',
  },
  'hash-range-invalid': {
    rule: 'BEP 52, peer messages (`hash request`)',
    meaning: 'the length is not a power of two, or the index is not a multiple of it',
  },
  'payload-malformed': {
    rule: 'BEP 9, 10, 11, 21, 54 and 55: the payloads of their messages',
    meaning:
      'a payload that cannot be read. The payload parsers throw it; a `PeerLink` reports the first ones as oddities (`LIMITS.malformedPayloadsMax`)',
  },
};
