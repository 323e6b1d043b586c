import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PeerSocket } from '../../src/node/peer-socket.js';

const HEADER = 13;
const BLOCK = 1_000;
let server: Server;
beforeAll(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

/** A connection, what has arrived at its other end, and the payloads that were told to be free. */
async function connection() {
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const freed: Uint8Array[] = [];
  const ignore = () => undefined;
  let opened: () => void;
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const peer = PeerSocket.dial(
    { host: '127.0.0.1', port },
    {
      ...{ opened: () => opened(), received: ignore, crowded: ignore, drained: ignore, closed: ignore },
      sent: (payload) => freed.push(payload),
    },
  );
  const [other] = (await accepted) as [Socket];
  const chunks: Buffer[] = [];
  other.on('data', (chunk) => chunks.push(chunk));
  other.on('error', ignore);
  await isOpen;
  return { peer, other, freed, arrived: () => Buffer.concat(chunks) };
}

/** Blocks with room before each, as they are read: those of one memory lie one behind the other. */
function blocksOf(count: number): Uint8Array[] {
  const memory = new SharedArrayBuffer(count * (HEADER + BLOCK));
  return Array.from({ length: count }, (_, index) =>
    new Uint8Array(memory, index * (HEADER + BLOCK) + HEADER, BLOCK).fill(index + 1),
  );
}

/** Block 0 to 7 with its header, a message without a block, or the end of a turn. */
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(7) }, fc.constantFrom('message', 'turn')), {
  maxLength: 30,
});

test('whatever is sent in which order arrives as it was sent, and each block is free once, when it has left', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (order) => {
      const { peer, other, freed, arrived } = await connection();
      const blocks = blocksOf(8);
      const expected: Uint8Array[] = [];
      for (const step of order) {
        if (step === 'turn') {
          peer.flush();
          continue;
        }
        const block = step === 'message' ? undefined : blocks[step as number]!;
        // The same block has the same header, whoever it is for.
        const header = new Uint8Array(block === undefined ? 5 : HEADER).fill(block?.[0] ?? 77);
        peer.send(header, block);
        expected.push(header, block ?? new Uint8Array(0));
      }
      peer.flush();
      const all = Buffer.concat(expected);
      while (arrived().length < all.length) await once(other, 'data');
      expect(arrived().equals(all)).toBe(true);
      const sent = order.filter((step) => typeof step === 'number').map((step) => blocks[step as number]);
      while (freed.length < sent.length) await new Promise((resolve) => setImmediate(resolve));
      expect(freed).toEqual(sent);
      peer.close();
      other.destroy();
    }),
    { numRuns: 25 },
  );
});

test('of a connection that ends, whoever ends it and when, each block is free once', async () => {
  const end = fc.constantFrom('ours', 'theirs', 'ours before the turn is over');
  await fc.assert(
    fc.asyncProperty(end, fc.nat(40), async (how, more) => {
      const { peer, other, freed } = await connection();
      other.pause();
      const blocks = Array.from({ length: 4 + more }, () => blocksOf(64)).flat();
      for (const [index, block] of blocks.entries()) {
        peer.send(new Uint8Array(HEADER), block);
        if (index % 50 === 49) peer.flush();
      }
      if (how !== 'ours before the turn is over') peer.flush();
      if (how === 'theirs') other.resetAndDestroy();
      else peer.close();
      while (freed.length < blocks.length) await new Promise((resolve) => setImmediate(resolve));
      // What is sent after the end is free at once.
      peer.send(new Uint8Array(HEADER), blocks[0]);
      peer.flush();
      peer.close();
      while (freed.length < blocks.length + 1) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      expect(freed.length).toBe(blocks.length + 1);
      expect(new Set(freed).size).toBe(blocks.length);
      other.destroy();
    }),
    { numRuns: 20 },
  );
});
