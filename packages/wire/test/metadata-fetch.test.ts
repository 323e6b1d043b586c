import { type MetadataAction, type MetadataEvent, MetadataFetch, type MetadataMessage } from '@unchoke/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const PART = 16_384;
/** Five parts, the last of 1,000 bytes. */
const METADATA: Uint8Array = Uint8Array.from({ length: 4 * PART + 1_000 }, (_, index) => index % 251);

type Kind = 'honest' | 'liar' | 'silent' | 'rejecting' | 'wrong-size' | 'short' | 'size-changing';

/** Peers with a character each, and a clock that jumps to the next deadline when nobody has anything to say. */
class Swarm {
  readonly fetch = new MetadataFetch({ verify: (bytes) => equal(bytes, METADATA) });
  readonly blamed: number[] = [];
  readonly blames: string[] = [];
  delivered: Uint8Array | undefined;
  nowMs = 0;
  heldMax = 0;
  requestCount = 0;
  readonly #kinds = new Map<number, Kind>();
  readonly #queue: MetadataEvent[] = [];

  join(peer: number, kind: Kind): void {
    this.#kinds.set(peer, kind);
    const metadataSize = kind === 'wrong-size' ? 8 * PART : METADATA.length;
    this.#queue.push({ type: 'peer-ready', peer, metadataSize });
  }

  leave(peer: number): void {
    this.#queue.push({ type: 'peer-left', peer });
  }

  /** Until it is delivered, or nothing can happen any more, or the time is over. */
  run(untilMs: number): void {
    while (this.delivered === undefined) {
      const event = this.#queue.shift();
      if (event !== undefined) this.#handle(event);
      else {
        const { deadlineMs } = this.fetch;
        if (deadlineMs === undefined || deadlineMs > untilMs) return;
        expect(deadlineMs).toBeGreaterThan(this.nowMs);
        this.nowMs = deadlineMs;
        this.#handle({ type: 'time-passed' });
      }
    }
  }

  #handle(event: MetadataEvent): void {
    for (const action of this.fetch.handle(event, this.nowMs)) this.#perform(action);
    // The bytes of a message are a link's: they are gone after the call.
    if (event.type === 'message-received' && event.message.kind === 'data') event.message.bytes.fill(0xee);
    this.heldMax = Math.max(this.heldMax, this.fetch.heldBytes);
  }

  #perform(action: MetadataAction): void {
    if (action.type === 'deliver-metadata') this.delivered = action.metadata;
    else if (action.type === 'blame-peer') {
      this.blamed.push(action.peer);
      this.blames.push(action.blame);
      this.leave(action.peer);
    } else {
      this.requestCount++;
      const message = answer(this.#kinds.get(action.peer)!, action.part);
      if (message !== undefined) this.#queue.push({ type: 'message-received', peer: action.peer, message });
    }
  }
}

function answer(kind: Kind, part: number): MetadataMessage | undefined {
  const bytes = METADATA.slice(part * PART, (part + 1) * PART);
  const totalLength = METADATA.length;
  switch (kind) {
    case 'honest':
      return { kind: 'data', part, totalLength, bytes };
    case 'liar':
      return { kind: 'data', part, totalLength, bytes: bytes.map((byte) => byte ^ 1) };
    case 'short':
      return { kind: 'data', part, totalLength, bytes: bytes.subarray(1) };
    case 'wrong-size':
      return { kind: 'data', part, totalLength: 8 * PART, bytes: new Uint8Array(PART) };
    case 'size-changing':
      return { kind: 'data', part, totalLength: totalLength + 1, bytes };
    case 'rejecting':
      return { kind: 'reject', part };
    case 'silent':
      return undefined;
  }
}

/** Not `toEqual`: comparing 66 KB with it takes longer than all the rest. */
function isDelivered({ delivered }: Swarm): boolean {
  return delivered !== undefined && equal(delivered, METADATA);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function swarmOf(...kinds: readonly Kind[]): Swarm {
  const swarm = new Swarm();
  for (const [peer, kind] of kinds.entries()) swarm.join(peer, kind);
  return swarm;
}

describe('one peer', () => {
  test('honest: each part is asked once', () => {
    const swarm = swarmOf('honest');
    swarm.run(0);
    expect(isDelivered(swarm)).toBe(true);
    expect(swarm.requestCount).toBe(5);
    expect(swarm.fetch.isDone).toBe(true);
    expect(swarm.fetch.deadlineMs).toBeUndefined();
    expect(swarm.fetch.handle({ type: 'peer-ready', peer: 9, metadataSize: 5 }, 0)).toEqual([]);
  });

  test.each<readonly [Kind, string]>([
    ['liar', 'wrong-hash'],
    ['wrong-size', 'wrong-hash'],
    ['short', 'wrong-part-length'],
    ['size-changing', 'size-changed'],
  ])('%s: blamed for it, nothing delivered', (kind, blame) => {
    const swarm = swarmOf(kind);
    swarm.run(600_000);
    expect(swarm.delivered).toBeUndefined();
    expect(swarm.blames).toEqual([blame]);
  });

  test.each<Kind>(['silent', 'rejecting'])('%s: asked again, ever more rarely, and not blamed', (kind) => {
    const swarm = swarmOf(kind);
    swarm.run(3_600_000);
    expect(swarm.blamed).toEqual([]);
    expect(swarm.requestCount).toBeGreaterThan(10);
    expect(swarm.requestCount).toBeLessThan(60);
  });

  test('asked for nothing beyond the bound, nor for sizes that cannot be', () => {
    for (const metadataSize of [0, -1, 2 ** 31, 2 ** 63, Number.NaN, 8_388_609, 1.5]) {
      const fetch = new MetadataFetch({ verify: () => true });
      expect(fetch.handle({ type: 'peer-ready', peer: 1, metadataSize }, 0)).toEqual([]);
      expect(fetch.deadlineMs).toBeUndefined();
    }
  });
});

describe('several peers', () => {
  test('share the work', () => {
    const swarm = swarmOf('honest', 'honest', 'honest');
    swarm.run(0);
    expect(isDelivered(swarm)).toBe(true);
    expect(swarm.requestCount).toBe(5);
  });

  test('one that is silent, one that rejects, one that left: the others fill in', () => {
    const swarm = swarmOf('silent', 'rejecting', 'silent', 'honest');
    swarm.leave(2);
    swarm.run(60_000);
    expect(isDelivered(swarm)).toBe(true);
    expect(swarm.blamed).toEqual([]);
  });

  test('a liar among honest peers is found, and nobody else is blamed', () => {
    const swarm = swarmOf('honest', 'liar', 'honest');
    swarm.run(600_000);
    expect(isDelivered(swarm)).toBe(true);
    expect(swarm.blamed.filter((peer) => peer !== 1)).toEqual([]);
  });

  test('many wrong sizes do not keep the right one out, nor take memory', () => {
    const fetch = new MetadataFetch({ verify: (bytes) => equal(bytes, METADATA) });
    for (let peer = 0; peer < 50; peer++) fetch.handle({ type: 'peer-ready', peer, metadataSize: 8_388_608 - peer }, 0);
    fetch.handle({ type: 'peer-ready', peer: 100, metadataSize: METADATA.length }, 0);
    const actions = fetch.handle({ type: 'peer-ready', peer: 101, metadataSize: METADATA.length }, 0);
    expect(actions.filter(({ type }) => type === 'request-part').length).toBe(4);
    expect(fetch.heldBytes).toBe(0);
  });

  test('whoever they are: if one is honest it is delivered, only liars are blamed, memory is bounded', () => {
    const kind = fc.constantFrom<Kind>('honest', 'liar', 'silent', 'rejecting', 'wrong-size', 'short', 'size-changing');
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 8 }), fc.nat(8), (others, place) => {
        const kinds = [...others.slice(0, place), 'honest' as const, ...others.slice(place)];
        const swarm = swarmOf(...kinds);
        swarm.run(24 * 3_600_000);
        expect(isDelivered(swarm)).toBe(true);
        for (const peer of swarm.blamed) expect(['honest', 'silent', 'rejecting']).not.toContain(kinds[peer]);
        expect(swarm.heldMax).toBeLessThanOrEqual(METADATA.length + 8 * PART);
      }),
    );
  });
});

describe('what was not asked', () => {
  test('is neither kept nor blamed', () => {
    const fetch = new MetadataFetch({ verify: () => true });
    const data = { kind: 'data', part: 4, totalLength: METADATA.length, bytes: new Uint8Array(1_000) } as const;
    expect(fetch.handle({ type: 'message-received', peer: 7, message: data }, 0)).toEqual([]);
    fetch.handle({ type: 'peer-ready', peer: 1, metadataSize: METADATA.length }, 0);
    for (const message of [
      data,
      { ...data, part: 2 ** 40 },
      { kind: 'reject', part: 4 },
      { kind: 'request', part: 0 },
    ] as const) {
      expect(fetch.handle({ type: 'message-received', peer: 1, message }, 0)).toEqual([]);
    }
    expect(fetch.heldBytes).toBe(0);
  });

  test('an answer after its time is welcome', () => {
    const fetch = new MetadataFetch({ verify: (bytes) => bytes.length === 10 });
    fetch.handle({ type: 'peer-ready', peer: 1, metadataSize: 10 }, 0);
    fetch.handle({ type: 'time-passed' }, 21_000);
    const message = { kind: 'data', part: 0, totalLength: 10, bytes: new Uint8Array(10) } as const;
    expect(fetch.handle({ type: 'message-received', peer: 1, message }, 22_000)[0]?.type).toBe('deliver-metadata');
  });
});

test('two that never send a part do not pass it to and fro past a third', () => {
  const fetch = new MetadataFetch({ verify: () => true });
  const requests: number[] = [];
  let nowMs = 0;
  const tell = (event: MetadataEvent): void => {
    for (const action of fetch.handle(event, nowMs)) if (action.type === 'request-part') requests.push(action.peer);
  };
  for (const peer of [1, 2, 3]) tell({ type: 'peer-ready', peer, metadataSize: 1000 });
  while (requests.length < 3) {
    nowMs = fetch.deadlineMs!;
    tell({ type: 'time-passed' });
  }
  expect(requests).toEqual([1, 2, 3]);
});
