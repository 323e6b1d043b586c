import { connect, type Socket } from 'node:net';
import type { JunkOrder } from './junk-flood.js';

/** Every 10 ms each socket gets its share. */
const TICK_MS = 10;

process.once('message', ({ port, sockets, framesPerSecond, infoHash }: JunkOrder) => {
  const perTick = Math.ceil((framesPerSecond * TICK_MS) / 1000 / sockets);
  const burst = Buffer.concat(Array.from({ length: perTick }, (_, index) => frameOf(index)));
  let frames = 0;
  const flood = (id: number): void => {
    const socket: Socket = connect(port, '127.0.0.1');
    const timer = setInterval(() => {
      if (socket.readyState !== 'open' || socket.writableLength > burst.length * 50) return;
      socket.write(burst);
      frames += perTick;
    }, TICK_MS);
    socket.on('error', () => undefined).resume();
    socket.on('connect', () => socket.write(greeting(Buffer.from(infoHash, 'hex'), id)));
    // Whoever is thrown out comes again, as somebody else.
    socket.on('close', () => {
      clearInterval(timer);
      setTimeout(flood, TICK_MS, id + sockets);
    });
  };
  for (let id = 0; id < sockets; id++) flood(id);
  process.on('message', () => process.send!(frames));
  process.send!('ready');
});
process.once('disconnect', () => process.exit());

/** Unknown ids, extended messages that are no bencode, and PEX of nonsense: what a peer is not closed for at once. */
function frameOf(index: number): Buffer {
  const payloads = [Buffer.alloc(24, 0xee), Buffer.from('xx this is not bencode'), Buffer.from('d5:addedi5ee')];
  const ids = [[200], [20, 0], [20, 77]];
  const body = Buffer.concat([Buffer.from(ids[index % 3]!), payloads[index % 3]!]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function greeting(infoHash: Buffer, id: number): Buffer {
  const peerId = Buffer.from(`-JK0000-${String(id).padStart(12, '0')}`);
  const reserved = Buffer.from('0000000000100004', 'hex');
  return Buffer.concat([Buffer.from([19]), Buffer.from('BitTorrent protocol'), reserved, infoHash, peerId]);
}
