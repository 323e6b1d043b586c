import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeUdpRequest,
  encodeUdpReply,
  type PeerAddress,
  PeerList,
  UdpClient,
  type UdpClientAction,
  type UdpClientEvent,
  type UdpQuestion,
  type UdpReply,
  type UdpRequest,
} from '../src/index.js';

const HASH = new Uint8Array(20).fill(1);
const ANNOUNCE: UdpQuestion = {
  type: 'announce',
  request: { infoHash: HASH, peerId: HASH, port: 6881, uploaded: 0, downloaded: 0, left: 1 },
  urlData: '/announce',
};
const SCRAPE: UdpQuestion = { type: 'scrape', infoHashes: [HASH] };
const TRACKER: PeerAddress = { host: '192.0.2.1', port: 6969 };
const PEERS = {
  type: 'peers',
  intervalS: 1800,
  complete: 1,
  incomplete: 2,
  peers: PeerList.of([{ host: '192.0.2.9', port: 1 }]),
} as const;

/** A client with its clock (in seconds), and the tracker's hand to play. */
class Table {
  nowS = 0;
  readonly client: UdpClient;
  /** Every request sent, as `second type`. */
  readonly log: string[] = [];
  readonly outcomes: string[] = [];
  lastRequest: UdpRequest | undefined;

  constructor(randomBelow: (bound: number) => number = counting()) {
    this.client = new UdpClient(randomBelow);
  }

  ask(
    exchange: number,
    question: UdpQuestion = ANNOUNCE,
    more: { tracker?: PeerAddress; timeoutMs?: number } = {},
  ): void {
    this.do({ type: 'exchange-requested', exchange, tracker: TRACKER, question, ...more });
  }

  answer(reply: UdpReply, from: PeerAddress = TRACKER): void {
    this.answerBytes(encodeUdpReply(reply, from.host.includes(':') ? 6 : 4), from);
  }

  answerBytes(bytes: Uint8Array, from: PeerAddress = TRACKER): void {
    this.do({ type: 'datagram-received', from, bytes });
  }

  connect(connectionId = 5n): void {
    this.answer({ type: 'connect', transactionId: this.lastRequest!.transactionId, connectionId });
  }

  /** Lets time pass to `second`, waking the client exactly when it wants. */
  until(second: number): void {
    while ((this.client.deadlineMs ?? Number.POSITIVE_INFINITY) <= second * 1000) {
      this.nowS = this.client.deadlineMs! / 1000;
      this.do({ type: 'time-passed' });
    }
    this.nowS = second;
  }

  do(event: UdpClientEvent): void {
    for (const action of this.client.handle(event, this.nowS * 1000)) this.#note(action);
  }

  #note(action: UdpClientAction): void {
    if (action.type === 'send-datagram') {
      this.lastRequest = decodeUdpRequest(action.bytes);
      this.log.push(`${this.nowS} ${this.lastRequest.type}`);
    } else if (action.type === 'finish-exchange')
      this.outcomes.push(`${this.nowS} ${action.exchange} ${action.answer.type}`);
    else this.outcomes.push(`${this.nowS} ${action.exchange} ${action.error.code}`);
  }
}

function counting(): (bound: number) => number {
  let next = 1000;
  return () => next++;
}

describe('the time tables of BEP 15', () => {
  test('normal announce', () => {
    const table = new Table();
    table.ask(1);
    table.until(1);
    table.connect(0xabcn);
    expect(table.lastRequest).toMatchObject({ type: 'announce', connectionId: 0xabcn, urlData: '/announce' });
    table.until(3);
    table.answer({ type: 'announce', transactionId: table.lastRequest!.transactionId, reply: PEERS });
    expect(table.log).toEqual(['0 connect', '1 announce']);
    expect(table.outcomes).toEqual(['3 1 announce']);
    expect(table.client.deadlineMs).toBeUndefined();
  });

  test('connect times out', () => {
    const table = new Table();
    table.ask(1);
    table.until(1_000_000);
    expect(table.log).toEqual([0, 15, 45, 105, 225, 465, 945, 1905, 3825].map((second) => `${second} connect`));
    // The ninth wait is 15 * 2^8 seconds, and the last.
    expect(table.outcomes).toEqual(['7665 1 timed-out']);
  });

  test('announce times out', () => {
    const table = new Table();
    table.ask(1);
    table.until(1);
    table.connect();
    // The example of BEP 15 asks one second after it is connected, we ask at once: hence 2 - 1 and so on.
    table.until(300);
    expect(table.log).toEqual([
      '0 connect',
      ...[2, 17, 47].map((second) => `${second - 1} announce`),
      ...[107, 227].map((second) => `${second - 1} connect`),
    ]);
  });

  test('multiple requests share a connection id for a minute', () => {
    const table = new Table();
    table.ask(1);
    table.ask(2, SCRAPE);
    expect(table.log).toEqual(['0 connect']);
    table.until(1);
    table.connect(7n);
    expect(table.log.slice(1)).toEqual(['1 announce', '1 scrape']);
    table.until(60);
    table.ask(3, SCRAPE);
    expect(table.lastRequest).toMatchObject({ type: 'scrape', connectionId: 7n });
    table.until(61);
    table.ask(4, SCRAPE);
    expect(table.log.at(-1)).toBe('61 connect');
  });
});

describe('answers', () => {
  test.each<readonly [string, PeerAddress, (id: number) => UdpReply]>([
    [
      'another address',
      { host: '192.0.2.2', port: 6969 },
      (id) => ({ type: 'connect', transactionId: id, connectionId: 1n }),
    ],
    [
      'another port',
      { host: '192.0.2.1', port: 6968 },
      (id) => ({ type: 'connect', transactionId: id, connectionId: 1n }),
    ],
    ['another transaction', TRACKER, (id) => ({ type: 'connect', transactionId: id + 1, connectionId: 1n })],
    ['another action', TRACKER, (id) => ({ type: 'scrape', transactionId: id, swarms: [] })],
  ])('from %s are ignored', (_name, from, reply) => {
    const table = new Table();
    table.ask(1);
    table.answer(reply(table.lastRequest!.transactionId), from);
    expect(table.log).toEqual(['0 connect']);
    expect(table.client.strayCount).toBe(1);
    expect(table.client.deadlineMs).toBe(15_000);
  });

  test('cut short, of the wrong kind or too early are ignored; the true one still wins', () => {
    const table = new Table();
    table.ask(1);
    const own = table.client.handle({ type: 'exchange-requested', exchange: 2, tracker: TRACKER, question: SCRAPE }, 0);
    expect(own).toEqual([]);
    // Ids are counted up, so an attacker that guesses the next one is right, and still too early.
    for (const id of [1000, 1002]) table.answer({ type: 'announce', transactionId: id, reply: PEERS });
    table.connect();
    expect(table.log).toEqual(['0 connect', '0 announce', '0 scrape']);
    const whole = encodeUdpReply({ type: 'announce', transactionId: 1000, reply: PEERS }, 4);
    for (let length = 0; length < 20; length++) table.answerBytes(whole.subarray(0, length));
    table.answer({ type: 'scrape', transactionId: 1000, swarms: [] });
    expect(table.outcomes).toEqual([]);
    expect(table.client.strayCount).toBe(23);
    table.answerBytes(whole);
    expect(table.outcomes).toEqual(['0 1 announce']);
    table.answerBytes(whole);
    expect(table.client.strayCount).toBe(24);
  });

  test('ten thousand strays cost nothing that lasts', () => {
    const table = new Table();
    table.ask(1);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, isNear) => {
        table.answerBytes(bytes, isNear ? TRACKER : { host: '198.51.100.7', port: 1 });
      }),
      { numRuns: 10_000 },
    );
    expect(table.client.strayCount).toBe(10_000);
    table.connect();
    table.answer({ type: 'announce', transactionId: table.lastRequest!.transactionId, reply: PEERS });
    expect(table.outcomes).toEqual(['0 1 announce']);
  });

  test('an address counts, not the way it is written', () => {
    const table = new Table();
    table.ask(1, ANNOUNCE, { tracker: { host: 'FE80:0:0:0:0:0:0:1%eth0', port: 1 } });
    table.answer(
      { type: 'connect', transactionId: table.lastRequest!.transactionId, connectionId: 1n },
      { host: 'fe80::1%2', port: 1 },
    );
    expect(table.log).toEqual(['0 connect', '0 announce']);
  });

  test('an error packet refuses the exchange, or all that wait for a connection', () => {
    const table = new Table();
    table.ask(1);
    table.ask(2, SCRAPE);
    table.answer({ type: 'error', transactionId: table.lastRequest!.transactionId, message: 'go away' });
    expect(table.outcomes).toEqual(['0 1 refused', '0 2 refused']);
    table.ask(3);
    table.connect();
    table.answer({ type: 'error', transactionId: table.lastRequest!.transactionId, message: 'unregistered' });
    expect(table.outcomes.at(-1)).toBe('0 3 refused');
  });

  test('an inherited connection id that the tracker has forgotten is renewed once, whether it says so or not', () => {
    for (const isSilent of [true, false]) {
      const table = new Table();
      table.ask(1);
      table.connect(1n);
      table.answer({ type: 'announce', transactionId: table.lastRequest!.transactionId, reply: PEERS });
      table.ask(2);
      expect(table.lastRequest).toMatchObject({ type: 'announce', connectionId: 1n });
      const error: UdpReply = {
        type: 'error',
        transactionId: table.lastRequest!.transactionId,
        message: 'bad connection id',
      };
      if (isSilent) table.until(15);
      else table.answer(error);
      expect(table.lastRequest).toMatchObject({ type: 'connect' });
      table.connect(2n);
      expect(table.lastRequest).toMatchObject({ type: 'announce', connectionId: 2n });
      table.answer(error);
      expect(table.outcomes.at(-1)).toMatch(/ 2 refused$/);
    }
  });

  test('an answer that comes while the connection is renewed still counts', () => {
    const table = new Table();
    table.ask(1);
    table.connect();
    const { transactionId } = table.lastRequest!;
    table.until(106);
    expect(table.lastRequest!.type).toBe('connect');
    table.answer({ type: 'announce', transactionId, reply: PEERS });
    expect(table.outcomes).toEqual(['106 1 announce']);
    expect(table.client.deadlineMs).toBeUndefined();
  });
});

describe('ends', () => {
  test('the time allowed is kept, connected or not', () => {
    const table = new Table();
    table.ask(1, ANNOUNCE, { timeoutMs: 20_000 });
    table.until(10);
    table.connect();
    table.until(100);
    expect(table.log).toEqual(['0 connect', '10 announce']);
    expect(table.outcomes).toEqual(['20 1 timed-out']);
  });

  test('a cancelled exchange is silent, and the last one stops the connecting', () => {
    const table = new Table();
    table.ask(1);
    table.ask(2);
    table.do({ type: 'exchange-cancelled', exchange: 1 });
    table.do({ type: 'exchange-cancelled', exchange: 1 });
    expect(table.client.deadlineMs).toBe(15_000);
    table.do({ type: 'exchange-cancelled', exchange: 2 });
    expect(table.client.deadlineMs).toBeUndefined();
    table.connect();
    expect(table.client.strayCount).toBe(1);
    expect(table.outcomes).toEqual([]);
  });

  test('nobody there ends every exchange with that tracker and no other', () => {
    const table = new Table();
    const other = { host: '2001:db8::1', port: 6969 };
    table.ask(1);
    table.ask(2, ANNOUNCE, { tracker: other });
    table.do({ type: 'tracker-unreachable', tracker: TRACKER, reason: 'refused' });
    table.do({ type: 'tracker-unreachable', tracker: { host: '::', port: 1 }, reason: 'refused' });
    expect(table.outcomes).toEqual(['0 1 unreachable']);
    expect(table.client.deadlineMs).toBe(15_000);
  });

  test('our own mistakes show at once', () => {
    const table = new Table();
    table.ask(1);
    expect(() => table.ask(1)).toThrow(/under way/);
    expect(() => table.ask(2, { type: 'scrape', infoHashes: [] })).toThrow(
      expect.objectContaining({ code: 'bad-field' }),
    );
    table.ask(2);
    expect(() => table.do({ type: 'nonsense' } as never)).toThrow(/unknown event/);
    table.ask(3, ANNOUNCE, { tracker: { host: 'tracker.example', port: 1 } });
    expect(table.outcomes).toEqual(['0 3 bad-url']);
  });

  test('exchanges and remembered trackers are bounded', () => {
    const table = new Table();
    for (let index = 0; index < 4096; index++)
      table.ask(index, SCRAPE, { tracker: { host: `192.0.${index >> 8}.${index & 255}`, port: 1 } });
    expect(table.outcomes).toEqual([]);
    table.ask(5000);
    expect(table.outcomes).toEqual(['0 5000 unreachable']);
    for (let index = 0; index < 4096; index++) table.do({ type: 'exchange-cancelled', exchange: index });
    table.ask(5001);
    expect(table.log).toHaveLength(4097);
  });

  test('equal random numbers do not make equal transactions', () => {
    const table = new Table(() => 0xffff_ffff);
    table.ask(1);
    table.ask(2);
    table.connect();
    expect(table.lastRequest!.transactionId).not.toBe(0xffff_ffff);
    expect(table.log).toEqual(['0 connect', '0 announce', '0 announce']);
  });
});

describe('over a bad network', () => {
  // Each datagram of either side is lost, or arrives late, or twice, as drawn; a live tracker answers what arrives.
  const fates = fc.array(fc.constantFrom('lost', 'late', 'twice', 'arrives'), { minLength: 64, maxLength: 64 });

  test('every exchange ends exactly once, and with an answer when no two in a row are lost', () => {
    fc.assert(
      fc.property(fates, fc.integer({ min: 1, max: 4 }), (drawn, exchangeCount) => {
        const client = new UdpClient(counting());
        const ended = new Map<number, number>();
        const queue: { readonly atMs: number; readonly event: UdpClientEvent }[] = [];
        let nowMs = 0;
        let datagramCount = 0;
        let wasLost = false;
        const fate = (): string => {
          const how = drawn[datagramCount++ % drawn.length]!;
          wasLost = how === 'lost' && !wasLost;
          return how === 'lost' && !wasLost ? 'arrives' : how;
        };
        const perform = (action: UdpClientAction): void => {
          if (action.type !== 'send-datagram') {
            ended.set(action.exchange, (ended.get(action.exchange) ?? 0) + 1);
            expect(action.type).toBe('finish-exchange');
            return;
          }
          const how = fate();
          if (how === 'lost') return;
          const event = {
            type: 'datagram-received',
            from: action.to,
            bytes: answerTo(decodeUdpRequest(action.bytes)),
          } as const;
          queue.push({ atMs: nowMs + (how === 'late' ? 40_000 : 20), event });
          if (how === 'twice') queue.push({ atMs: nowMs + 30, event });
        };
        for (let exchange = 0; exchange < exchangeCount; exchange++) {
          client
            .handle({ type: 'exchange-requested', exchange, tracker: TRACKER, question: ANNOUNCE }, nowMs)
            .forEach(perform);
        }
        for (let step = 0; ended.size < exchangeCount && step < 10_000; step++) {
          queue.sort((a, b) => a.atMs - b.atMs);
          const arrivalMs = queue[0]?.atMs ?? Number.POSITIVE_INFINITY;
          nowMs = Math.max(nowMs, Math.min(arrivalMs, client.deadlineMs ?? Number.POSITIVE_INFINITY));
          const event: UdpClientEvent = nowMs === arrivalMs ? queue.shift()!.event : { type: 'time-passed' };
          client.handle(event, nowMs).forEach(perform);
        }
        expect([...ended.values()]).toEqual(Array(exchangeCount).fill(1));
        expect(client.deadlineMs).toBeUndefined();
      }),
    );
  });

  function answerTo(request: UdpRequest): Uint8Array {
    const { transactionId } = request;
    if (request.type === 'connect') return encodeUdpReply({ type: 'connect', transactionId, connectionId: 77n }, 4);
    return encodeUdpReply({ type: 'announce', transactionId, reply: PEERS }, 4);
  }
});
