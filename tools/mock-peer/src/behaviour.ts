import type { MessageName } from './message.js';

/**
 * A way to behave, as data. Without rules a peer is perfect; every rule says when it departs from that and how.
 *
 * @example
 * const behaviour = checkBehaviour({
 *   seed: 1,
 *   rules: [{ when: { on: 'send', message: 'piece', probability: 0.1 }, do: { type: 'corrupt' } }],
 * });
 */
export interface Behaviour {
  readonly title?: string;
  /** Numbers of the catalogue of misbehaviours that it plays (see README). */
  readonly catalogue?: readonly number[];
  /** The role it makes sense in; only told, not enforced. */
  readonly role?: 'seed' | 'leech';
  /** All chance of one run comes from it. Default 1. */
  readonly seed?: number;
  readonly dial?: DialPlan;
  readonly rules: readonly Rule[];
}

/**
 * How the peer dials those it was told to dial.
 *
 * @example
 * checkBehaviour({ dial: { connections: 200, everyMs: 10, peerIds: 'each' }, rules: [] });
 */
export interface DialPlan {
  /** Connections to each of them. Default 1. */
  readonly connections?: number;
  /** Pause between two of these. Default 0. */
  readonly everyMs?: number;
  /** Dial again this long after a connection was lost; without it a lost connection stays lost. */
  readonly redialAfterMs?: number;
  /** How often at most, per connection. Default for ever. */
  readonly redials?: number;
  /** `each`: every connection is a peer of its own, with an id and pieces of its own. Default `same`. */
  readonly peerIds?: 'same' | 'each';
}

/**
 * When, and what then. Rules are tried in their order; those of `send` work on what the earlier ones left.
 *
 * @example
 * const rule = { name: 'late', when: { on: 'send', message: 'piece' }, do: { type: 'delay', ms: 3000 } };
 * checkBehaviour({ rules: [rule] });
 */
export interface Rule {
  readonly name?: string;
  readonly when: When;
  readonly do: Doing | readonly Doing[];
}

/**
 * The moment a rule applies to. Every given field must hold.
 *
 * @example
 * const when = { on: 'send', message: 'piece', piece: 'last', after: 10, every: 2, times: 3 };
 * checkBehaviour({ rules: [{ when, do: { type: 'drop' } }] });
 */
export interface When {
  /**
   * `open`: the connection stands, nothing was said · `ready`: both handshakes are exchanged and our opening was said ·
   * `receive`: a message arrived, before it is acted on · `send`: a message is about to leave · `sent`: it was handed over ·
   * `time`: `atMs` after the connection opened, then every `everyMs`.
   */
  readonly on: 'open' | 'ready' | 'receive' | 'send' | 'sent' | 'time';
  readonly message?: MessageName | readonly MessageName[];
  /** Piece (or metadata piece) of the message. */
  readonly piece?: PieceFilter;
  /** Block of the piece: begin / 16384. */
  readonly block?: PieceFilter;
  /** The first n that match pass. */
  readonly after?: number;
  /** Of the rest every n-th, beginning with the first. */
  readonly every?: number;
  /** At most n times on one connection. */
  readonly times?: number;
  /** Of the rest with this chance. */
  readonly probability?: number;
  /** Only when the connection is at least / less than this old. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly atMs?: number;
  readonly everyMs?: number;
  /** Only on connections we dialled, or only on those we accepted. */
  readonly origin?: 'dialled' | 'accepted';
  /** Only on these connections of the peer, counted from 0. */
  readonly connection?: number | Range;
}

/**
 * Which pieces (or blocks of a piece) a rule is about.
 *
 * @example
 * checkBehaviour({ rules: [{ when: { on: 'send', piece: { from: 3, to: 5 } }, do: { type: 'drop' } }] });
 */
export type PieceFilter = number | 'first' | 'last' | readonly number[] | Range;

/**
 * Both ends included.
 *
 * @example
 * checkBehaviour({ rules: [{ when: { on: 'open', connection: { to: 4 } }, do: { type: 'mute' } }] });
 */
export interface Range {
  readonly from?: number;
  readonly to?: number;
}

/**
 * What a rule does. The first group is possible everywhere, `ignore` and `refuse` only on `receive`, what follows them only
 * on `send`.
 *
 * @example
 * const doing = [{ type: 'send', message: { type: 'choke' } }, { type: 'stall', forMs: 5000 }];
 * checkBehaviour({ rules: [{ when: { on: 'receive', message: 'request' }, do: doing }] });
 */
export type Doing =
  | { readonly type: 'send'; readonly message: MessageSpec; readonly times?: number; readonly everyMs?: number }
  | { readonly type: 'send-raw'; readonly bytes: BytesSpec; readonly times?: number; readonly everyMs?: number }
  /** `end` after what was said, `half` the same but reading on, `reset` at once with what was not sent yet lost. */
  | { readonly type: 'close'; readonly how?: 'end' | 'half' | 'reset' }
  /** Every connection is reset and the port closed; after `forMs` the peer listens and dials again. */
  | { readonly type: 'vanish'; readonly forMs: number }
  /** Whatever would be said from now on is lost. */
  | { readonly type: 'mute' }
  /** Whatever would be said from now on waits, for ever without `forMs`. */
  | { readonly type: 'stall'; readonly forMs?: number }
  | { readonly type: 'drip'; readonly bytes: number; readonly everyMs: number }
  | { readonly type: 'split'; readonly bytes: number }
  /** Frames leave in heaps of so many, at the latest after `withinMs` (default 100). */
  | { readonly type: 'merge'; readonly frames: number; readonly withinMs?: number }
  | { readonly type: 'pause-reading'; readonly forMs?: number }
  | { readonly type: 'flap'; readonly what: 'choke' | 'interest'; readonly times: number; readonly everyMs?: number }
  /** Dials whoever is at the other end: its announced port (BEP 10 `p`), or the given one. */
  | { readonly type: 'dial-back'; readonly port?: number }
  /** The message is not acted on. */
  | { readonly type: 'ignore' }
  /** A request (or metadata request) is refused, although it could be served. */
  | { readonly type: 'refuse' }
  | { readonly type: 'drop' }
  | { readonly type: 'replace'; readonly message: MessageSpec }
  | { readonly type: 'alter'; readonly fields: AlterFields }
  /** Flips bits in the block or payload: `bytes` of them (default 1), beginning at `at` (default `random`). */
  | { readonly type: 'corrupt'; readonly bytes?: number; readonly at?: 'first' | 'last' | 'random' | number }
  /** Only the first bytes of the frame leave (negative: all but the last ones), `next` nothing, the end, or the next frame. */
  | { readonly type: 'cut'; readonly keep: number; readonly next?: 'mute' | 'end' | 'reset' | 'go-on' }
  /** The frame gets longer, its prefix too. */
  | { readonly type: 'pad'; readonly bytes: BytesSpec }
  /** The frame keeps its bytes under another length prefix. */
  | { readonly type: 'prefix'; readonly length: number | { readonly add: number } }
  | { readonly type: 'duplicate'; readonly times?: number }
  /** This message leaves later; what comes after it does not wait. */
  | { readonly type: 'delay'; readonly ms: number };

/**
 * The word that says what is done.
 *
 * @example
 * checkBehaviour({ rules: [{ when: { on: 'ready' }, do: { type: 'mute' } }] });
 */
export type DoingType = Doing['type'];

/**
 * A message to invent. Numbers may be any 32-bit value, whether it makes sense or not.
 *
 * @example
 * const message = { type: 'request', piece: 'max', begin: 0, length: 16384 };
 * checkBehaviour({ rules: [{ when: { on: 'ready' }, do: { type: 'send', message, times: 100 } }] });
 */
export type MessageSpec =
  | { readonly type: 'keep-alive' | 'choke' | 'unchoke' | 'interested' | 'not-interested' | 'have-all' | 'have-none' }
  | { readonly type: 'have' | 'suggest' | 'allowed-fast' | 'donthave'; readonly piece: NumberSpec }
  | {
      readonly type: 'request' | 'cancel' | 'reject';
      readonly piece?: NumberSpec;
      readonly begin?: NumberSpec;
      readonly length?: NumberSpec;
    }
  | {
      readonly type: 'piece';
      readonly piece?: NumberSpec;
      readonly begin?: NumberSpec;
      readonly length?: NumberSpec;
      readonly block?: BytesSpec;
    }
  /** `spare` sets the bits behind the last piece, `extra` adds zero bytes (negative: removes). */
  | {
      readonly type: 'bitfield';
      readonly bits?: 'own' | 'all' | 'none' | BytesSpec;
      readonly spare?: boolean;
      readonly extra?: number;
    }
  | { readonly type: 'handshake' }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'extended-handshake'; readonly fields?: { readonly [key: string]: BencodeSpec } }
  | { readonly type: 'extended' | 'unknown'; readonly id: number; readonly payload?: BytesSpec }
  | { readonly type: 'metadata-request' | 'metadata-reject'; readonly piece: NumberSpec }
  | { readonly type: 'metadata-data'; readonly piece: NumberSpec; readonly payload?: BytesSpec }
  | { readonly type: 'pex'; readonly fields: { readonly [key: string]: BencodeSpec } };

/**
 * `each` counts up with the repetitions of a `send`; `same` is that of the message that made the rule fire; `count` is the
 * number of pieces, so the first index out of range; `max` is 2^32 − 1.
 *
 * @example
 * const message = { type: 'have', piece: 'count' };
 * checkBehaviour({ rules: [{ when: { on: 'ready' }, do: { type: 'send', message } }] });
 */
export type NumberSpec = number | 'first' | 'last' | 'count' | 'max' | 'random' | 'each' | 'same';

/**
 * Fields of the message that is about to leave, by name, with what to put there.
 *
 * @example
 * const fields = { begin: { add: 16384 } };
 * checkBehaviour({ rules: [{ when: { on: 'send', message: 'piece' }, do: { type: 'alter', fields } }] });
 */
export interface AlterFields {
  readonly piece?: NumberSpec | { readonly add: number };
  readonly begin?: NumberSpec | { readonly add: number };
  /** Of a request; of a piece it shortens the block or fills it up with zeros. */
  readonly length?: NumberSpec | { readonly add: number };
  readonly protocol?: BytesSpec;
  readonly protocolLength?: number;
  readonly reserved?: BytesSpec;
  readonly infoHash?: BytesSpec;
  /** `theirs`: the id of the other side, known when it greeted first. */
  readonly peerId?: BytesSpec | 'theirs';
  readonly bits?: 'own' | 'all' | 'none' | BytesSpec;
  readonly spare?: boolean;
  readonly extra?: number;
  /** Keys of the bencoded part of an extended message; null removes one. */
  readonly header?: { readonly [key: string]: BencodeSpec | null };
}

/**
 * Bytes as data; a list is their concatenation.
 *
 * @example
 * const bytes = ['ff ff ff ff 07', { zeros: 1000 }, { text: 'end' }];
 * checkBehaviour({ rules: [{ when: { on: 'ready' }, do: { type: 'send-raw', bytes } }] });
 */
export type BytesSpec =
  | string // hex, spaces allowed
  | { readonly text: string }
  | { readonly zeros: number }
  | { readonly random: number }
  /** `open` n times, then `close` n times (default nothing): `{ "nested": 100000, "open": "l" }`. */
  | { readonly nested: number; readonly open: string; readonly close?: string }
  | { readonly bencode: BencodeSpec }
  /** Compact addresses: `["127.0.0.1:6881"]`. */
  | { readonly peers: readonly string[] }
  | readonly BytesSpec[];

/**
 * JSON for bencode: numbers, text and lists stand for themselves.
 *
 * @example
 * const fields = { m: { dict: { ut_pex: 1 } }, metadata_size: { int: '9223372036854775807' } };
 * checkBehaviour({
 *   rules: [{ when: { on: 'ready' }, do: { type: 'send', message: { type: 'extended-handshake', fields } } }],
 * });
 */
export type BencodeSpec =
  | number
  | string
  | { readonly int: string }
  | { readonly bytes: BytesSpec }
  | readonly BencodeSpec[]
  | { readonly dict: { readonly [key: string]: BencodeSpec } };
