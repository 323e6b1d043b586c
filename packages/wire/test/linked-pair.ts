import {
  type BlockSpan,
  type ExtensionMessage,
  type LinkEvent,
  LocalProtocolError,
  type Message,
  PeerLink,
} from '@unchoke/wire';
import fc from 'fast-check';

const INFO_HASH = new Uint8Array(20).fill(0xaa);
const BLOCK = 16_384;
/** Five pieces of two blocks, the last one of 100 bytes. */
export const SMALL_TORRENT = { totalLength: 4 * 2 * BLOCK + 100, pieceLength: 2 * BLOCK };
const PIECE_COUNT = 5;

/** What a side may try; whether it is legal now is for the link to say. */
export type Command =
  | { readonly do: 'say'; readonly message: Message | ExtensionMessage }
  | { readonly do: 'answer' | 'reject' | 'cancel'; readonly which: number }
  | { readonly do: 'deliver'; readonly bytes: number };

/** One side: a link, what is on the way to it, and everything it has reported. */
export class End {
  readonly link: PeerLink;
  readonly accusations: LinkEvent[] = [];
  readonly oddities: string[] = [];
  readonly #peerId: number;
  #inbound: Uint8Array[] = [];
  refusedCount = 0;

  constructor(peerId: number, isFast: boolean) {
    this.#peerId = peerId;
    this.link = new PeerLink({
      infoHash: INFO_HASH,
      torrent: SMALL_TORRENT,
      peerId: new Uint8Array(20).fill(peerId),
      offers: { fast: isFast, dht: true, v2: true },
    });
  }

  get isDrained(): boolean {
    return this.#inbound.length === 0;
  }

  put(bytes: Uint8Array): void {
    this.#inbound.push(bytes);
  }

  /** Up to `count` bytes arrive, in one chunk. */
  deliver(count: number, onOddRequest: (span: BlockSpan) => void): void {
    const chunk = this.#take(count);
    for (const event of this.link.receive(chunk)) {
      if (event.type === 'protocol-violated') this.accusations.push(event);
      if (event.type !== 'oddity-noticed') continue;
      this.oddities.push(event.oddity);
      if (event.message?.type === 'request') onOddRequest(event.message);
    }
  }

  toString(): string {
    return `side ${this.#peerId}`;
  }

  #take(count: number): Uint8Array {
    const stream = Buffer.concat(this.#inbound);
    const chunk = stream.subarray(0, count);
    const rest = stream.subarray(count);
    this.#inbound = rest.length === 0 ? [] : [rest];
    return chunk;
  }
}

/** Two links joined by a fake connection on which bytes wait until somebody delivers them. */
export class LinkedPair {
  readonly a: End;
  readonly b: End;
  readonly isFast: boolean;

  /** `isWarm`: both are interested and unchoked already, so that requests are legal from the start. */
  constructor(isFast: boolean, isWarm: boolean) {
    this.isFast = isFast;
    this.a = new End(1, isFast);
    this.b = new End(2, isFast);
    this.b.put(this.a.link.greet());
    this.a.put(this.b.link.greet());
    this.drain();
    for (const end of [this.a, this.b]) {
      this.run(end, { do: 'say', message: { type: 'extended-handshake', handshake: {} } });
      if (isFast && isWarm) this.run(end, { do: 'say', message: { type: 'have-all' } });
      if (isWarm)
        for (const type of ['interested', 'unchoke'] as const) this.run(end, { do: 'say', message: { type } });
    }
    this.drain();
  }

  other(end: End): End {
    return end === this.a ? this.b : this.a;
  }

  /** Tries a command. What the link refuses is not sent: that is the point of its refusing. */
  run(end: End, command: Command): void {
    const { link } = end;
    if (command.do === 'deliver') {
      end.deliver(command.bytes, (span) => this.#rejectOdd(end, span));
      return;
    }
    const message = command.do === 'say' ? command.message : this.#pick(end, command.do, command.which);
    if (message === undefined) return;
    try {
      this.other(end).put(link.send(message));
    } catch (error) {
      if (!LocalProtocolError.isInstance(error)) throw error;
      end.refusedCount++;
    }
  }

  /** Everything on the way arrives, and what that makes a side say arrives as well. */
  drain(): void {
    while (!this.a.isDrained || !this.b.isDrained) {
      for (const end of [this.a, this.b]) this.run(end, { do: 'deliver', bytes: Number.POSITIVE_INFINITY });
    }
  }

  /** BEP 6: a request that crossed our choke is rejected; without it, it is simply void. */
  #rejectOdd(end: End, span: BlockSpan): void {
    if (this.isFast) this.run(end, { do: 'say', message: { type: 'reject', ...pickSpan(span) } });
  }

  #pick(end: End, what: 'answer' | 'reject' | 'cancel', which: number): Message | undefined {
    const side = what === 'cancel' ? end.link.local : end.link.remote;
    const spans = side.outstanding();
    const span = spans[which % Math.max(1, spans.length)];
    if (span === undefined) return undefined;
    if (what !== 'answer') return { type: what, ...span };
    return { type: 'piece', piece: span.piece, begin: span.begin, block: new Uint8Array(span.length) };
  }
}

function pickSpan({ piece, begin, length }: BlockSpan): BlockSpan {
  return { piece, begin, length };
}

const piece = fc.nat(PIECE_COUNT);
const oddSpan = {
  piece,
  begin: fc.constantFrom(0, BLOCK, 100, 2 * BLOCK),
  length: fc.constantFrom(BLOCK, 100, 1, 0, BLOCK + 1),
};
const span = { piece: fc.nat(PIECE_COUNT - 2), begin: fc.constantFrom(0, BLOCK), length: fc.constant(BLOCK) };
const sayable: fc.Arbitrary<Message | ExtensionMessage> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('choke' as const, 'unchoke' as const, 'interested' as const) }),
  },
  fc.record({ type: fc.constantFrom('keep-alive' as const, 'not-interested' as const) }),
  fc.record({ type: fc.constantFrom('have-all' as const, 'have-none' as const) }),
  fc.constantFrom<Message>(
    { type: 'bitfield', bits: new Uint8Array([0xf8]) },
    { type: 'bitfield', bits: new Uint8Array(1) },
  ),
  fc.record({ type: fc.constantFrom('have' as const, 'suggest' as const, 'allowed-fast' as const), piece }),
  { weight: 8, arbitrary: fc.record({ type: fc.constant('request' as const), ...span }) },
  fc.record({ type: fc.constant('request' as const), ...oddSpan }),
  fc.record({ type: fc.constantFrom('cancel' as const, 'reject' as const), ...span }),
  fc.record({ type: fc.constant('dont-have' as const), piece }),
  fc.record({ type: fc.constant('upload-only' as const), uploadOnly: fc.boolean() }),
  fc.constant<Message>({ type: 'port', port: 6881 }),
);

/** Commands for both sides, mostly sensible ones, with deliveries that cut the stream anywhere. */
export const commands: fc.Arbitrary<readonly (readonly [isA: boolean, Command])[]> = fc.array(
  fc.tuple(
    fc.boolean(),
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), message: sayable }) },
      fc.record({ do: fc.constantFrom('answer' as const, 'reject' as const, 'cancel' as const), which: fc.nat(20) }),
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('deliver' as const), bytes: fc.constantFrom(1, 5, 17, 100, 20_000) }),
      },
    ),
  ),
  { maxLength: 150, size: 'max' },
);
