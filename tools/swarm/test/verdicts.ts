import type { CloseReason } from '@unchoke/client';
import type { ViolationCode } from '@unchoke/wire';

/** What must become of a troublemaker that is alone with our client. */
export type Verdict =
  /** Closed for one of these reasons, and never met again. */
  (
    | { readonly dealtWith: 'banned'; readonly reasons: readonly string[] }
    /** Closed for one of these reasons; it may come again. */
    | { readonly dealtWith: 'closed'; readonly reasons: readonly CloseReason[] }
    /** What it owes is asked of others, and it rests. */
    | { readonly dealtWith: 'rested' }
    /** It stays, is not asked again and again, and the status says why nothing comes. */
    | { readonly dealtWith: 'waited for'; readonly why: RegExp }
    /** Its nonsense changes nothing: as a seed it gives us everything, as a leech it gets everything. */
    | { readonly dealtWith: 'tolerated' }
    /** It takes no data and cannot keep others from theirs. */
    | { readonly dealtWith: 'bounded' }
  ) & {
    /** Its misbehaviour begins late: it needs a torrent of many blocks. */
    readonly isLong?: true;
    /** A leech that may not get a single block for what it did. */
    readonly getsNothing?: true;
    /** Our client has everything, although the stranger is a seed. */
    readonly weSeed?: true;
    readonly peersPerHostMax?: number;
  };

const NOTHING = { getsNothing: true } as const;
const LONG = { isLong: true } as const;

/** By reliability catalogue §4 (numbers in the JSON of each behaviour): one row for each behaviour. */
export const VERDICTS: ReadonlyMap<string, Verdict> = new Map([
  // Handshakes.
  ...violating('wrong-protocol', [
    'handshake-http',
    'handshake-tls',
    'handshake-random-bytes',
    'handshake-wrong-length-byte',
    'handshake-wrong-protocol',
  ]),
  ...violating('wrong-info-hash', ['handshake-wrong-info-hash']),
  ...closed(
    ['handshake-timeout'],
    [
      'handshake-cut-at-1',
      'handshake-cut-at-19',
      'handshake-cut-at-20',
      'handshake-cut-at-28',
      'handshake-cut-at-48',
      'handshake-cut-at-67',
      'handshake-drip',
      'never-answer',
    ],
  ),
  ...closed(['own-peer-id'], ['handshake-own-peer-id']),
  ...closed(['already-connected'], ['same-peer-id-twice', 'simultaneous-open']),
  // Frames, judged by their length before anything is kept of them.
  ...violating('frame-too-long', [
    'length-prefix-1-mib',
    'length-prefix-2-31',
    'length-prefix-2-32',
    'length-prefix-flood',
    'extended-handshake-huge-v',
    'extended-handshake-nested',
    'extended-handshake-nested-closed',
    'extended-handshake-wide',
    'pex-flood',
    'pex-hundred-thousand',
    'piece-of-1-mib',
    'unknown-id-of-1-mib',
  ]),
  ...violating('frame-length-wrong', ['have-of-3-bytes', 'have-of-1000-bytes', 'choke-with-payload', 'empty-block']),
  ...violating('frame-length-wrong', ['cancel-of-13-bytes', 'request-of-11-bytes'], NOTHING),
  // What peers say they have.
  ...violating('bitfield-length-wrong', ['bitfield-empty', 'bitfield-too-long', 'bitfield-too-short']),
  ...violating('bitfield-spare-bits', ['bitfield-spare-bits']),
  ...violating('availability-not-first', ['have-all-then-have-none']),
  ...violating('fast-not-negotiated', ['have-all-without-fast', 'hints-without-fast']),
  ...violating('piece-out-of-range', [
    'have-max',
    'have-out-of-range',
    'allowed-fast-out-of-range',
    'suggest-out-of-range',
    'donthave-out-of-range',
  ]),
  // Blocks.
  ...violating('block-out-of-range', ['piece-index-out-of-range']),
  ...violating('block-too-long', ['long-block']),
  // In the last piece, which is short, it lies outside.
  ...violating(['piece-unrequested', 'block-out-of-range'], ['unaligned-offset']),
  ...violating('piece-unrequested', ['duplicate-piece', 'short-block', 'unrequested-piece', 'wrong-length-prefix']),
  ...violating('piece-unrequested', ['piece-already-had'], LONG),
  // Of the last block of a piece the next offset is beyond it.
  ...rows(['wrong-offset'], { dealtWith: 'banned', reasons: ['[piece-unrequested:', '[block-out-of-range:'] }),
  ...lying(['poison-all', 'poison-last-piece', 'poison-one-block']),
  ...lying(['poison-after-good-reputation', 'poison-one-in-a-hundred'], LONG),
  // Requests.
  ...violating(
    'request-out-of-range',
    ['request-index-out-of-range', 'request-beyond-the-piece', 'request-of-zero-bytes', 'cancel-unknown'],
    NOTHING,
  ),
  ...violating('request-too-long', ['request-crossing-the-end', 'request-too-long'], NOTHING),
  ...closed(['flood'], ['request-flood', 'request-missing-pieces', 'request-same-block-flood', 'never-read']),
  ...closed(['flood'], ['metadata-request-flood'], NOTHING),
  ...closed(['flood', 'both-complete'], ['pex-ten-a-second'], LONG),
  // Who goes.
  ...closed(
    ['remote-closed', 'dial-failed'],
    [
      'close-after-bitfield',
      'close-after-handshake',
      'close-after-unchoke',
      'close-on-interested',
      'close-on-open',
      'half-close',
      'handshake-cut-and-close',
      'reset-on-open',
      'reset-on-request',
    ],
  ),
  // Who stays and is of no use.
  ...rows(['liar-serves-nothing', 'ignore-one-piece', 'one-byte-per-second', 'serve-then-stall', 'stall-mid-block'], {
    dealtWith: 'rested',
  }),
  ...rows(['choke-for-ever', 'never-unchoke'], { dealtWith: 'waited for', why: /^all peers choke us/ }),
  ...rows(['keep-alive-only', 'hints-without-pieces', 'donthave-what-is-asked'], {
    dealtWith: 'waited for',
    why: /held by nobody who is connected$/,
  }),
  ...rows(['reject-everything', 'refuse-one-piece'], { dealtWith: 'waited for', why: /^peers refuse/ }),
  // What changes nothing.
  ...tolerated([
    'bitfield-late',
    'bitfield-twice',
    'have-all-then-bitfield',
    'have-flood',
    'have-one-by-one',
    'suggest-flood',
    'choke-after-every-block',
    'choke-flap',
    'choke-flap-slow',
    'junk-flood',
    'keep-alive-flood',
    'unknown-ids',
    'merge-frames',
    'split-every-byte',
    'slow-accept',
    'late-blocks',
    'disconnect-mid-block',
    'vanish-and-return',
    'peer-id-not-announced',
    'reserved-bits-all',
    'reserved-bits-unassigned',
    'reqq-huge',
    'reqq-negative',
    'reqq-zero',
    'extended-handshake-bad-ids',
    'extended-handshake-disabling',
    'extended-handshake-list',
    'extended-handshake-mistyped',
    'extended-handshake-not-bencode',
    'extended-handshake-prototype',
    'extended-handshake-repeated',
    'pex-bad-addresses',
    'pex-mistyped',
    'pex-odd-length',
    'pex-short-flags',
  ]),
  // Who has the metadata asks for none; what these do to a magnet link stands in magnet-behaviours.test.ts.
  ...tolerated([
    'metadata-data-oversized',
    'metadata-data-unasked',
    'metadata-garbage',
    'metadata-part-missing',
    'metadata-reject-all',
    'metadata-size-2-63',
    'metadata-size-2-gb',
    'metadata-size-negative',
    'metadata-size-wrong',
    'metadata-size-zero',
    'metadata-wrong-bytes',
  ]),
  // Leeches that get what they ask for, and no more.
  ...tolerated([
    'anti-snub',
    'cancel-late',
    'fifty-leechers',
    'free-rider',
    'metadata-request-out-of-range',
    'request-while-choked',
  ]),
  ...rows(['cancel-in-time', 'interest-flap', 'churn', 'half-open-flood'], { dealtWith: 'bounded' }),
  ...rows(['same-ip-swarm'], { dealtWith: 'closed', reasons: ['same-host'], peersPerHostMax: 1 }),
  ...rows(['seed-meets-seed'], { dealtWith: 'closed', reasons: ['both-complete'], weSeed: true }),
]);

type Row = readonly [name: string, verdict: Verdict];
type Terms = Pick<Verdict, 'isLong' | 'getsNothing'>;

function rows(names: readonly string[], verdict: Verdict): readonly Row[] {
  return names.map((name) => [name, verdict]);
}

function violating(
  code: ViolationCode | readonly ViolationCode[],
  names: readonly string[],
  terms: Terms = {},
): readonly Row[] {
  return rows(names, { dealtWith: 'banned', reasons: [code].flat().map((one) => `[${one}:`), ...terms });
}

function lying(names: readonly string[], terms: Terms = {}): readonly Row[] {
  return rows(names, { dealtWith: 'banned', reasons: ['sent a false block of piece'], ...terms });
}

function closed(reasons: readonly CloseReason[], names: readonly string[], terms: Terms = {}): readonly Row[] {
  return rows(names, { dealtWith: 'closed', reasons, ...terms });
}

function tolerated(names: readonly string[]): readonly Row[] {
  return rows(names, { dealtWith: 'tolerated' });
}
