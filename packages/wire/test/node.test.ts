import { connect, createServer, type Server, type Socket } from 'node:net';
import { encodeHandshake, encodeMessage, type LinkEvent, LocalProtocolError, type Message } from '@unchoke/wire';
import {
  connectPeer,
  listenForPeers,
  type PeerConnection,
  PeerConnectionError,
  type PeerListener,
} from '@unchoke/wire/node';
import { afterEach, describe, expect, test } from 'vitest';

const HOST = '127.0.0.1';
const INFO_HASH = new Uint8Array(20).fill(0xaa);
const TORRENT = { totalLength: 40_000, pieceLength: 32_768 };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(have: 'all' | 'none' | Uint8Array = 'all', offers = {}): Promise<PeerListener> {
  const listener = await listenForPeers({
    torrents: (infoHash) => (infoHash[0] === 0xaa ? { infoHash, torrent: TORRENT, have, offers } : undefined),
  });
  closing.push(() => listener.close());
  return listener;
}

async function dial(port: number, options = {}): Promise<PeerConnection> {
  const peer = await connectPeer({ host: HOST, port, infoHash: INFO_HASH, torrent: TORRENT, ...options });
  closing.push(() => peer.close());
  return peer;
}

async function accept(listener: PeerListener): Promise<PeerConnection> {
  for await (const peer of listener) return peer;
  throw new Error('the listener was closed');
}

async function hear<T extends LinkEvent['type']>(peer: PeerConnection, type: T): Promise<LinkEvent & { type: T }> {
  for await (const event of peer) if (event.type === type) return event as LinkEvent & { type: T };
  throw new Error(`the connection ended before ${type}`);
}

/** A server that speaks bytes written by hand. */
async function rawServer(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { port: number }).port;
}

const handshake = (infoHash = INFO_HASH): Uint8Array => {
  return encodeHandshake({
    reserved: new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 4]),
    infoHash,
    peerId: new Uint8Array(20),
  });
};

function failure(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => 'nothing failed',
    (error: unknown) => (PeerConnectionError.isInstance(error) ? error.code : error),
  );
}

describe('two of us', () => {
  test('handshake, extended handshake, what each has, and a block', async () => {
    const listener = await listen();
    const leech = await dial(listener.port);
    const seed = await accept(listener);
    expect((await hear(leech, 'extended-handshake')).handshake.client).toBe('Unchoke');
    await hear(leech, 'have-all');
    leech.send({ type: 'interested' });
    await hear(seed, 'interested');
    seed.send({ type: 'unchoke' });
    await hear(leech, 'unchoke');
    leech.send({ type: 'request', piece: 1, begin: 0, length: 7_232 });
    const { piece, begin } = await hear(seed, 'request');
    seed.send({ type: 'piece', piece, begin, block: new Uint8Array(7_232).fill(9) });
    expect((await hear(leech, 'piece')).block).toEqual(new Uint8Array(7_232).fill(9));
  });

  test('a seed without the fast extension says so with a bitfield', async () => {
    const listener = await listen('all', { fast: false });
    const leech = await dial(listener.port);
    expect((await hear(leech, 'bitfield')).bits).toEqual(new Uint8Array([0xc0]));
  });

  test('close() on one side ends iteration on both, and can be called again', async () => {
    const listener = await listen();
    const leech = await dial(listener.port);
    const seed = await accept(listener);
    await Promise.all([leech.close(), leech.close()]);
    await expect(hear(leech, 'choke')).rejects.toThrow('the connection ended');
    await expect(hear(seed, 'choke')).rejects.toThrow('the connection ended');
    expect((await leech.closed).code).toBe('closed-by-us');
    expect((await seed.closed).code).toBe('closed-by-peer');
    expect(leech.send({ type: 'choke' })).toBe(false);
    await leech.drained();
  });

  test('events wait for whoever iterates later; each loop goes on where the last stopped', async () => {
    const listener = await listen();
    const leech = await dial(listener.port);
    const seed = await accept(listener);
    for (let piece = 0; piece < 2; piece++) seed.send({ type: 'suggest', piece });
    expect((await hear(leech, 'suggest')).piece).toBe(0);
    expect((await hear(leech, 'suggest')).piece).toBe(1);
  });

  test('while nobody iterates the peer has to wait, and nothing is lost', async () => {
    const listener = await listen();
    const leech = await dial(listener.port);
    const seed = await accept(listener);
    const count = 300_000;
    let sent = 0;
    const sending = (async () => {
      for (; sent < count; sent++) if (!seed.send({ type: 'have', piece: sent % 2 })) await seed.drained();
    })();
    let heard = 0;
    for await (const event of leech) if (event.type === 'have' && ++heard === count) break;
    await sending;
    expect([sent, heard]).toEqual([count, count]);
  });

  test('our own misuse is thrown, and the connection lives on', async () => {
    const leech = await dial((await listen()).port);
    let caught: unknown;
    try {
      leech.send({ type: 'request', piece: 0, begin: 0, length: 16_384 });
    } catch (error) {
      caught = error;
    }
    expect(LocalProtocolError.isInstance(caught) && caught.code).toBe('request-while-not-interested');
    expect(leech.send({ type: 'interested' })).toBe(true);
  });
});

describe('no connection', () => {
  test('nobody there', async () => {
    const port = await rawServer(() => {});
    await closing.pop()?.();
    expect(await failure(dial(port))).toBe('socket-failed');
  });

  test('a torrent the listener does not serve: closed without an answer', async () => {
    const { port } = await listen();
    expect(await failure(dial(port, { infoHash: new Uint8Array(20) }))).toBe('closed-by-peer');
  });

  test('another info-hash in the answer', async () => {
    const port = await rawServer((socket) => socket.write(handshake(new Uint8Array(20))));
    expect(await failure(dial(port))).toBe('protocol-violated');
  });

  test('not BitTorrent', async () => {
    const port = await rawServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failure(dial(port))).toBe('protocol-violated');
  });

  test('silence, and a handshake that never ends', async () => {
    const silent = await rawServer(() => {});
    expect(await failure(dial(silent, { handshakeTimeoutMs: 50 }))).toBe('handshake-timeout');
    const half = await rawServer((socket) => socket.write(handshake().subarray(0, 67)));
    expect(await failure(dial(half, { handshakeTimeoutMs: 50 }))).toBe('handshake-timeout');
  });

  test('the signal: before, during, after', async () => {
    const silent = await rawServer(() => {});
    expect(await failure(dial(silent, { signal: AbortSignal.abort() }))).toBe('aborted');
    const during = new AbortController();
    const attempt = failure(dial(silent, { signal: during.signal }));
    during.abort();
    expect(await attempt).toBe('aborted');
    const after = new AbortController();
    const peer = await dial((await listen()).port, { signal: after.signal });
    after.abort();
    expect((await peer.closed).code).toBe('aborted');
  });
});

describe('a peer that misbehaves', () => {
  const greeted = (...messages: readonly Message[]) => {
    return rawServer((socket) => {
      socket.write(handshake());
      for (const message of messages) socket.write(encodeMessage(message));
    });
  };

  test('the violation is the last event', async () => {
    const peer = await dial(await greeted({ type: 'have-all' }, { type: 'have', piece: 2 }, { type: 'unchoke' }));
    const events: LinkEvent[] = [];
    for await (const event of peer) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['handshake-received', 'have-all', 'protocol-violated']);
    expect((await peer.closed).code).toBe('protocol-violated');
  });

  test('silence after the handshake', async () => {
    const peer = await dial(await greeted(), { idleTimeoutMs: 50 });
    expect((await peer.closed).code).toBe('idle-timeout');
    await expect(hear(peer, 'choke')).rejects.toThrow('nothing came');
  });

  test('we break the silence ourselves', async () => {
    let onHeard = (): void => {};
    const heard = new Promise<void>((resolve) => {
      onHeard = resolve;
    });
    const port = await rawServer((socket) => {
      let received = 0;
      socket.on('data', (chunk) => {
        received += chunk.length;
        // Handshake 68, have-none 5, then four bytes each.
        if (received >= 68 + 5 + 3 * 4) onHeard();
      });
      socket.write(handshake());
    });
    await dial(port, { keepAliveMs: 20, extendedHandshake: false });
    await heard;
  });

  test('a peer that does not read what it asks for', async () => {
    const port = await rawServer((socket) => {
      socket.write(handshake());
      socket.pause();
    });
    const peer = await dial(port);
    const payload = new Uint8Array(16_384);
    // 128 MiB, more than the largest buffers of any kernel.
    for (let index = 0; index < 8_192; index++) peer.send({ type: 'unknown', id: 99, payload });
    expect((await peer.closed).code).toBe('peer-not-reading');
  });

  test('half-open sockets are few, and cut', async () => {
    const listener = await listenForPeers({ torrents: () => undefined, handshakeTimeoutMs: 100, halfOpenMax: 3 });
    closing.push(() => listener.close());
    const ends = Array.from({ length: 8 }, () => {
      const socket = connect(listener.port, HOST);
      socket.on('error', () => {});
      socket.write(handshake().subarray(0, 48));
      socket.resume();
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(ends);
  });

  test('the listener drops what is not BitTorrent', async () => {
    const socket = connect((await listen()).port, HOST);
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\n\r\n');
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  });
});
