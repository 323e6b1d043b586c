/**
 * What two honest peers can do to each other because messages cross on the way, or what is unusual but harmless. A link reports
 * it and lives on; whoever uses the link judges. A closed list: {@link ODDITIES} says what each means.
 *
 * @example
 * ```ts
 * import { ODDITIES, type OddityCode } from '@unchoke/wire';
 *
 * const code: OddityCode = 'request-while-choked';
 * console.assert(ODDITIES[code].includes('choke'));
 * ```
 */
export type OddityCode =
  | 'own-peer-id'
  | 'peer-id-mismatch'
  | 'availability-missing'
  | 'availability-late'
  | 'flag-repeated'
  | 'request-while-choked'
  | 'request-while-not-interested'
  | 'request-over-queue'
  | 'request-repeated'
  | 'request-before-metadata'
  | 'cancel-unmatched'
  | 'piece-unexpected'
  | 'allowed-fast-over-limit'
  | 'port-unexpected'
  | 'hash-message-unexpected'
  | 'extension-unknown'
  | 'extension-malformed';

/**
 * The meaning of every oddity, and what it comes from.
 *
 * @example
 * ```ts
 * import { ODDITIES } from '@unchoke/wire';
 *
 * console.assert(Object.keys(ODDITIES).includes('piece-unexpected'));
 * ```
 */
export const ODDITIES: Readonly<Record<OddityCode, string>> = {
  'own-peer-id':
    'the peer has our own id: we are connected to ourselves (BEP 3, peer protocol). Close, and forget the address',
  'peer-id-mismatch': 'the peer has another id than its source promised (BEP 3, peer protocol, would sever)',
  'availability-missing':
    'with the fast extension another message came before bitfield, have-all or have-none (BEP 6, Have All/Have None). The message follows as its own event',
  'availability-late':
    'bitfield or have-all came after another message about pieces, or a second time (BEP 3, `bitfield`; BEP 6): aria2 says so instead of many haves. Take its pieces as haves',
  'flag-repeated': 'choke, unchoke, interested or not-interested that changes nothing',
  'request-while-choked':
    'a request while we choke: it may have crossed our choke (BEP 6, Reject Request: should be rejected)',
  'request-while-not-interested': 'a request from a peer that says it is not interested (BEP 3, peer protocol)',
  'request-over-queue': 'more unanswered requests than the `reqq` we announced (BEP 10)',
  'request-repeated': 'a request that is already waiting for its answer',
  'request-before-metadata': 'a request although we do not know the torrent yet and so cannot have announced a piece',
  'cancel-unmatched': 'a cancel for nothing that waits: it may have crossed our piece or reject',
  'piece-unexpected':
    'without the fast extension: a block that is not asked for now; it may have crossed our cancel or their choke (BEP 3, `piece`)',
  'allowed-fast-over-limit': 'more allowed-fast pieces than are remembered (`LIMITS.allowedFastMax`)',
  'port-unexpected': 'a DHT port although not both handshakes named DHT (BEP 5)',
  'hash-message-unexpected': 'a hash message although we did not offer BEP 52',
  'extension-unknown': 'an extended message with an id that we gave to no extension (BEP 10)',
  'extension-malformed':
    'the payload of an extended message cannot be read; its state was not touched. Too many are a violation',
};
