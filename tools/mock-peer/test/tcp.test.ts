import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Behaviour,
  bundledBehaviour,
  type MockPeer,
  MockPeerError,
  type MockPeerNotice,
  type MockPeerOptions,
  memoryStore,
  randomTorrent,
  startMockPeer,
} from '../src/index.js';

const { torrent, content } = randomTorrent('1000003:7', { pieceLength: 32_768 });
const whole = content.read(0, content.length);

let closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

async function start(options: Partial<MockPeerOptions>): Promise<MockPeer> {
  const peer = await startMockPeer({ torrent, ...(options.role === 'leech' ? {} : { content }), ...options });
  closers.push(() => peer.close());
  return peer;
}

/** A leech that shows what it has got in the end. */
async function leech(
  peers: readonly MockPeer[],
  options: Partial<MockPeerOptions> = {},
): Promise<{ peer: MockPeer; got: () => Uint8Array }> {
  const store = memoryStore(torrent.totalLength);
  const peer = await start({ role: 'leech', content: store, peers, ...options });
  return { peer, got: () => store.read(0, store.length) };
}

/** Resolves with the first notice that fits. */
function listen(): {
  onNotice: (notice: MockPeerNotice) => void;
  when: (type: MockPeerNotice['type'], count?: number) => Promise<MockPeerNotice>;
  all: MockPeerNotice[];
} {
  const all: MockPeerNotice[] = [];
  let wake: () => void = () => undefined;
  return {
    all,
    onNotice: (notice) => {
      all.push(notice);
      wake();
    },
    when: async (type, count = 1) => {
      for (;;) {
        const found = all.filter((notice) => notice.type === type);
        if (found.length >= count) return found[count - 1]!;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Everything a socket receives until it is over, and how that came. */
async function drain(socket: Socket): Promise<{ bytes: Buffer; error: string | undefined }> {
  const chunks: Buffer[] = [];
  let error: string | undefined;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (problem: NodeJS.ErrnoException) => {
    error = problem.code;
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return { bytes: Buffer.concat(chunks), error };
}

function dial(peer: MockPeer): Socket {
  return connect({ host: peer.host, port: peer.port });
}

function greeting(infoHash = torrent.infoHash): Buffer {
  return Buffer.concat([
    Buffer.from('\x13BitTorrent protocol\0\0\0\0\0\0\0\0', 'latin1'),
    infoHash,
    Buffer.alloc(20, 'x'),
  ]);
}

async function counting(): Promise<{
  server: Server;
  address: { host: string; port: number };
  sockets: Socket[];
  ids: Set<string>;
}> {
  const sockets: Socket[] = [];
  const ids = new Set<string>();
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => ids.add(chunk.subarray(48, 68).toString('hex')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, sockets, ids, address: { host: '127.0.0.1', port: (server.address() as { port: number }).port } };
}

describe('seed and leech', () => {
  test('everything arrives once and exactly', async () => {
    const seed = await start({});
    const { peer, got } = await leech([seed]);
    expect(await peer.completed).toBe(true);
    expect(peer.heldCount).toBe(torrent.pieceCount);
    expect(seed.uploadedLength).toBe(content.length);
    expect(Buffer.compare(got(), whole)).toBe(0);
  });

  test('a seed may dial a leech', async () => {
    const { peer, got } = await leech([]);
    await start({ peers: [peer] });
    expect(await peer.completed).toBe(true);
    expect(Buffer.compare(got(), whole)).toBe(0);
  });

  test('two partial seeds make one whole, and leeches pass on what they have', async () => {
    const even = Array.from({ length: torrent.pieceCount }, (_, i) => i).filter((i) => i % 2 === 0);
    const odd = Array.from({ length: torrent.pieceCount }, (_, i) => i).filter((i) => i % 2 === 1);
    const first = await start({ have: even });
    const second = await start({ have: odd });
    const left = await leech([first]);
    const right = await leech([second, left.peer]);
    expect(await Promise.all([left.peer.completed, right.peer.completed])).toEqual([true, true]);
    expect(Buffer.compare(left.got(), whole)).toBe(0);
    expect(Buffer.compare(right.got(), whole)).toBe(0);
  });

  test.each([
    'split-every-byte',
    'merge-frames',
    'duplicate-piece',
    'keep-alive-flood',
    'unknown-ids',
    'poison-last-piece',
  ])('a leech beside an honest seed completes in spite of %s', async (name) => {
    const small = randomTorrent('150000:7', { pieceLength: 32_768 });
    const store = memoryStore(small.content.length);
    const honest = await start(small);
    const odd = await start({ ...small, behaviour: bundledBehaviour(name) });
    const { peer } = await leech([odd, honest], { torrent: small.torrent, content: store });
    expect(await peer.completed).toBe(true);
    expect(Buffer.compare(store.read(0, store.length), small.content.read(0, store.length))).toBe(0);
  });

  test('a leech whose seed breaks every connection loses no piece for good', async () => {
    const small = randomTorrent('150000:7', { pieceLength: 32_768 });
    const peer = await start({ torrent: small.torrent, role: 'leech' });
    await start({ ...small, behaviour: bundledBehaviour('disconnect-mid-block'), peers: [peer] });
    expect(await peer.completed).toBe(true);
  });

  test('connections that are peers of their own download each for itself', async () => {
    const small = randomTorrent('150000:7', { pieceLength: 32_768 });
    const seed = await start(small);
    const heard = listen();
    const behaviour = bundledBehaviour('fifty-leechers');
    await start({ torrent: small.torrent, role: 'leech', behaviour, peers: [seed], ...heard });
    await heard.when('completed', 50);
    expect(seed.uploadedLength).toBe(50 * 150_000);
  });

  test('what a liar spoiled is fetched from one that had nothing left to give', async () => {
    const last = torrent.pieceCount - 1;
    const lies = listen();
    const late: Behaviour = {
      rules: [{ when: { on: 'send', message: 'piece' }, do: [{ type: 'corrupt' }, { type: 'delay', ms: 200 }] }],
    };
    const liar = await start({ behaviour: late, ...lies });
    const heard = listen();
    const { peer, got } = await leech([liar], { have: Array.from({ length: last }, (_, i) => i), ...heard });
    // The liar was asked for the last piece, so the honest one, which comes later, is asked for nothing.
    await lies.when('rule-fired');
    peer.dial(await start({}));
    await heard.when('piece-rejected');
    expect(await peer.completed).toBe(true);
    expect(Buffer.compare(got().subarray(last * 32_768), whole.subarray(last * 32_768))).toBe(0);
  });

  test('a leech that was closed before its end says so', async () => {
    const { peer } = await leech([]);
    await peer.close();
    expect(await peer.completed).toBe(false);
    await peer.close();
  });

  test('500 peers in one process', async () => {
    const small = randomTorrent('65536:3', { pieceLength: 16_384 });
    const handles = (): number => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
    const before = handles();
    const seed = await startMockPeer(small);
    const leeches = await Promise.all(
      Array.from({ length: 499 }, () => startMockPeer({ torrent: small.torrent, role: 'leech', peers: [seed] })),
    );
    expect((await Promise.all(leeches.map((one) => one.completed))).every(Boolean)).toBe(true);
    expect(seed.connectionCount).toBe(499);
    expect(seed.uploadedLength).toBe(499 * 65_536);
    await Promise.all([seed, ...leeches].map((peer) => peer.close()));
    // Handles are given back one turn after their sockets closed.
    while (handles() > before) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('the socket shell', () => {
  test('end, reset and half are three different things', async () => {
    const rules = (how: 'end' | 'reset' | 'half'): Behaviour => ({
      rules: [{ when: { on: 'ready' }, do: { type: 'close', how } }],
    });
    const ended = dial(await start({ behaviour: rules('end') }));
    ended.write(greeting());
    expect((await drain(ended)).error).toBeUndefined();
    const reset = dial(await start({ behaviour: rules('reset') }));
    reset.write(greeting());
    expect((await drain(reset)).error).toBe('ECONNRESET');
    const heard = listen();
    const half = connect({ port: (await start({ behaviour: rules('half'), ...heard })).port, allowHalfOpen: true });
    half.write(greeting());
    half.resume();
    await new Promise((resolve) => half.once('end', resolve));
    // It has said its last word and still listens.
    half.write(Buffer.from('00000004040000', 'hex'));
    half.end(Buffer.from('ff', 'hex'));
    await heard.when('connection-closed');
  });

  test('a cut frame leaves before the end', async () => {
    const peer = await start({ behaviour: bundledBehaviour('handshake-cut-and-close') });
    const socket = dial(peer);
    socket.write(greeting());
    const { bytes } = await drain(socket);
    expect(bytes).toHaveLength(28);
    expect(bytes.subarray(0, 20).toString('latin1')).toBe('\x13BitTorrent protocol');
  });

  test('who stops reading gets no more than its socket holds, and the seed waits', async () => {
    const big = randomTorrent('64MiB:1');
    const heard = listen();
    const seed = await start({ ...big, ...heard });
    const socket = dial(seed);
    socket.pause();
    const requests = Array.from({ length: 8_000 }, (_, i) => {
      const request = Buffer.from('0000000d06000000000000000000004000', 'hex');
      request.writeUInt32BE(i % big.torrent.pieceCount, 5);
      return request;
    });
    socket.write(greeting(big.torrent.infoHash));
    socket.write(Buffer.concat([Buffer.from('0000000102', 'hex'), ...requests]));
    await heard.when('handshake-received');
    // 8000 blocks were asked for, 125 MiB: what a kernel (36 MiB where they are large) and 1 MiB of ours hold is far less.
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(seed.uploadedLength).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
    await heard.when('connection-closed');
  });

  test('a peer that vanishes is gone, and comes back on its port', async () => {
    const behaviour: Behaviour = {
      rules: [{ when: { on: 'receive', message: 'interested', connection: 0 }, do: { type: 'vanish', forMs: 50 } }],
    };
    const seed = await start({ behaviour });
    const heard = listen();
    const patient: Behaviour = { dial: { redialAfterMs: 5 }, rules: [] };
    const { peer } = await leech([seed], { behaviour: patient, ...heard });
    expect(await peer.completed).toBe(true);
    expect(heard.all).toContainEqual(
      expect.objectContaining({ type: 'dial-failed', remote: { host: seed.host, port: seed.port } }),
    );
  });

  test('a plan for dialling says how many, under which ids and how often again', async () => {
    const { address, sockets, ids } = await counting();
    const each = listen();
    await start({ behaviour: { dial: { connections: 20, peerIds: 'each' }, rules: [] }, peers: [address], ...each });
    await each.when('connection-opened', 20);
    while (ids.size < 20) await new Promise((resolve) => setImmediate(resolve));
    expect(sockets).toHaveLength(20);
    const again = listen();
    await start({
      behaviour: {
        dial: { connections: 4, redialAfterMs: 0, redials: 3 },
        rules: [{ when: { on: 'open' }, do: { type: 'close' } }],
      },
      ...{ peers: [address], ...again },
    });
    await again.when('connection-closed', 16);
    expect(again.all.filter((notice) => notice.type === 'connection-opened')).toHaveLength(16);
  });

  test('who dials back is told apart by direction only: the peer id is the same', async () => {
    const heard = listen();
    const peer = await start({ behaviour: bundledBehaviour('simultaneous-open') });
    const { peer: other } = await leech([peer], heard);
    await heard.when('handshake-received', 2);
    const ids = heard.all.flatMap((notice) =>
      notice.type === 'handshake-received' ? [Buffer.from(notice.peerId).toString('hex')] : [],
    );
    expect(new Set(ids)).toEqual(new Set([Buffer.from(peer.peerId).toString('hex')]));
    const origins = heard.all.flatMap((notice) => (notice.type === 'connection-opened' ? [notice.origin] : []));
    expect(origins).toEqual(['dialled', 'accepted']);
    expect(other.connectionCount).toBe(2);
  });

  test('it dials from the address it listens on', async () => {
    const heard = listen();
    const peer = await start({ role: 'leech', ...heard });
    await start({ host: '127.0.0.2', peers: [peer] });
    expect(await heard.when('connection-opened')).toMatchObject({ remote: { host: '127.0.0.2' } });
  });

  test('it does what it is told while it runs, and refuses what makes no sense', async () => {
    const heard = listen();
    const peer = await start({});
    await start({ role: 'leech', have: 'all', peers: [peer], ...heard });
    await heard.when('handshake-received');
    peer.tell([{ type: 'send', message: { type: 'have', piece: 'count' } }, { type: 'close' }]);
    expect(await heard.when('oddity-seen')).toMatchObject({ oddity: 'have-out-of-range' });
    await heard.when('connection-closed');
    expect(() => peer.tell({ type: 'flap', what: 'choke' } as never)).toThrow('times');
  });

  test('a dial that fails is reported', async () => {
    const closed = await startMockPeer({ torrent, content });
    await closed.close();
    const heard = listen();
    await start({ role: 'leech', peers: [closed], ...heard });
    expect(await heard.when('dial-failed')).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  });

  test('options that cannot be are refused', async () => {
    await expect(startMockPeer({ torrent, content, log: '/no-such-folder/x' })).rejects.toThrow(
      'log: /no-such-folder/x cannot be',
    );
    await expect(startMockPeer({ torrent })).rejects.toThrow(MockPeerError);
    await expect(startMockPeer({ torrent, content: memoryStore(5) })).rejects.toThrow(
      'it has 5 bytes, the torrent 1000003',
    );
    await expect(startMockPeer({ torrent, content, peerId: new Uint8Array(3) })).rejects.toThrow('a peer id has 20');
    await expect(startMockPeer({ torrent, content, behaviour: { rules: 5 } as unknown as Behaviour })).rejects.toThrow(
      'rules: expected a list',
    );
  });
});
