import { connect } from 'node:net';

const BLOCK = 16_384;
const FRAME = BLOCK + 13;
const PIPELINE = 256;

/** A connection that asks for blocks in order and looks at nothing: what remains is the other side's speed. */
export function receive(
  port: number,
  infoHash: string,
  length: number,
  pieceLength: number,
  onBytes: (bytes: Uint8Array) => void,
): Promise<number> {
  const blockCount = length / BLOCK;
  const opening = infoHash === '' ? 0 : undefined;
  return new Promise((resolve, reject) => {
    let received = 0;
    let skipped = opening ?? Number.NaN;
    let asked = 0;
    let startedMs = 0;
    const buffer = new Uint8Array(1 << 20);
    const take = (bytes: Uint8Array): void => {
      onBytes(bytes);
      received += bytes.length;
      if (received === blockCount * FRAME) {
        resolve(performance.now() - startedMs);
        socket.destroy();
      } else ask();
    };
    const ask = (): void => {
      if (infoHash === '') return;
      const wanted = Math.min(blockCount, Math.floor(received / FRAME) + PIPELINE);
      if (wanted - asked < PIPELINE / 2 && wanted < blockCount) return;
      const requests = Buffer.alloc(17 * (wanted - asked));
      for (let at = 0; asked < wanted; asked++, at += 17) {
        const offset = asked * BLOCK;
        requests.writeUInt32BE(13, at);
        requests[at + 4] = 6;
        requests.writeUInt32BE(Math.floor(offset / pieceLength), at + 5);
        requests.writeUInt32BE(offset % pieceLength, at + 9);
        requests.writeUInt32BE(BLOCK, at + 13);
      }
      socket.write(requests);
    };
    const socket = connect({
      ...{ port, host: '127.0.0.1' },
      onread: {
        buffer,
        callback: (count) => {
          const bytes = buffer.subarray(0, count);
          if (!Number.isNaN(skipped)) take(bytes);
          else if (Buffer.from(bytes).includes(Buffer.from('0000000101', 'hex'))) {
            // The unchoke is the last thing said before the first block.
            skipped = 1;
            startedMs = performance.now();
            ask();
          } else socket.write(Buffer.from('0000000102', 'hex'));
          return true;
        },
      },
    });
    socket.on('error', reject);
    socket.on('connect', () => {
      startedMs = performance.now();
      const handshake = `13${Buffer.from('BitTorrent protocol').toString('hex')}${'00'.repeat(8)}${infoHash}${'78'.repeat(20)}`;
      socket.write(Buffer.from(infoHash === '' ? '00' : handshake, 'hex'));
    });
  });
}
