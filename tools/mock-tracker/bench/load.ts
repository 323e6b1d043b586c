import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect } from 'node:net';

/** Who announces what: every one of `peerCount` peers in turn announces to each hash. */
export interface Workload {
  /** 20 bytes each, as hexadecimal digits. */
  readonly infoHashes: readonly string[];
  readonly peerCount: number;
}

/** How long announces are sent: until the time is up, and at least so many are answered. */
export interface Extent {
  readonly durationMs: number;
  readonly countMin: number;
}

/** Sends announces, and answers how many were answered. */
export type Load = (port: number, work: Workload, extent: Extent) => Promise<number>;

/** One kept-alive connection per peer, one announce at a time on each. */
export const httpKeepAlive: Load = (port, work, extent) =>
  untilDone(work.peerCount, extent, (peer, isOver, answered, done) => {
    const requests = httpRequests(work, peer, 'keep-alive');
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let next = 0;
    socket.on('data', (chunk) => {
      checkAnswer(chunk);
      answered();
      if (isOver()) socket.end();
      else socket.write(requests[next++ % requests.length]!);
    });
    socket.on('close', done);
    socket.write(requests[next++ % requests.length]!);
  });

/** A connection for every announce, as clients with long intervals make them. */
export const httpConnecting: Load = (port, work, extent) =>
  untilDone(Math.min(work.peerCount, 16), extent, (peer, isOver, answered, done) => {
    const requests = httpRequests(work, peer, 'close');
    let next = 0;
    const once = (): void => {
      if (isOver()) {
        done();
        return;
      }
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('data', (chunk) => {
        checkAnswer(chunk);
        answered();
      });
      socket.on('close', once);
      socket.write(requests[next++ % requests.length]!);
    };
    once();
  });

/** A few sockets with several announces under way on each; what is lost is not sent again, and not counted. */
export const udp: Load = async (port, work, extent) => {
  const sockets = await Promise.all(Array.from({ length: 4 }, () => udpConnected(port)));
  return untilDone(sockets.length, extent, (index, isOver, answered, done) => {
    const { socket, connectionId } = sockets[index]!;
    const requests = udpRequests(work, index, sockets.length, connectionId);
    let next = 0;
    let isClosed = false;
    const send = (): void => socket.send(requests[next++ % requests.length]!, port, '127.0.0.1');
    socket.on('message', (reply) => {
      if (reply[3] !== 1) throw new Error(`expected an announce reply, got ${reply.toString('latin1')}`);
      answered();
      if (!isOver()) send();
      else if (!isClosed) {
        isClosed = true;
        socket.close();
        done();
      }
    });
    for (let underWay = 0; underWay < 16; underWay++) send();
  });
};

type Worker = (index: number, isOver: () => boolean, answered: () => void, done: () => void) => void;

function untilDone(workerCount: number, { countMin, durationMs }: Extent, work: Worker): Promise<number> {
  return new Promise((resolve) => {
    const endMs = performance.now() + durationMs;
    let answeredCount = 0;
    let runningCount = workerCount;
    const isOver = (): boolean => answeredCount >= countMin && performance.now() >= endMs;
    for (let index = 0; index < workerCount; index++) {
      work(
        index,
        isOver,
        () => {
          answeredCount += 1;
        },
        () => {
          runningCount -= 1;
          if (runningCount === 0) resolve(answeredCount);
        },
      );
    }
  });
}

function checkAnswer(chunk: Buffer): void {
  // Byte 9 is the status; the body ends its dictionary.
  if (chunk[9] !== 0x32 || chunk[chunk.length - 1] !== 0x65)
    throw new Error(`not an answer: ${chunk.toString('latin1')}`);
}

function httpRequests(work: Workload, peer: number, connection: string): readonly Buffer[] {
  return work.infoHashes.map((infoHash) => {
    const escaped = infoHash.replace(/../g, '%$&');
    const query = `info_hash=${escaped}&peer_id=${peerId(peer)}&port=${10_000 + peer}&uploaded=0&downloaded=0&left=1000&compact=1&key=1A2B3C4D`;
    return Buffer.from(
      `GET /announce?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench/1.0\r\nAccept-Encoding: identity\r\nConnection: ${connection}\r\n\r\n`,
    );
  });
}

function udpRequests(work: Workload, first: number, step: number, connectionId: Buffer): readonly Buffer[] {
  const requests: Buffer[] = [];
  for (let peer = first; peer < work.peerCount; peer += step) {
    for (const infoHash of work.infoHashes) {
      const request = Buffer.alloc(98);
      request.set(connectionId);
      request[11] = 1;
      request.writeUInt32BE(peer, 12);
      request.write(infoHash, 16, 'hex');
      request.write(peerId(peer), 36, 'latin1');
      request.writeUInt32BE(1_000, 68);
      request.writeInt32BE(-1, 92);
      request.writeUInt16BE(10_000 + peer, 96);
      requests.push(request);
    }
  }
  return requests;
}

function udpConnected(port: number): Promise<{ socket: UdpSocket; connectionId: Buffer }> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
    socket.once('message', (reply) => resolve({ socket, connectionId: reply.subarray(8, 16) }));
    socket.send(Buffer.from('00000417271019800000000000000001', 'hex'), port, '127.0.0.1');
  });
}

function peerId(peer: number): string {
  return `-BN0001-${peer.toString().padStart(12, '0')}`;
}
