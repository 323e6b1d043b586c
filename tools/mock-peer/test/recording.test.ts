import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomTorrent, startMockPeer, type TranscriptRecord } from '../src/index.js';

const { torrent, content } = randomTorrent('100000:7', { pieceLength: 32_768 });

/** One packet of a pcap, taken apart by hand. */
interface Packet {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly fromPort: number;
  readonly payload: Buffer;
}

function packetsOf(pcap: Buffer): readonly Packet[] {
  expect(pcap.subarray(0, 4).toString('hex')).toBe('d4c3b2a1');
  expect(pcap.readUInt32LE(20)).toBe(1);
  const packets: Packet[] = [];
  for (let at = 24; at < pcap.length; ) {
    const length = pcap.readUInt32LE(at + 8);
    const packet = pcap.subarray(at + 16, at + 16 + length);
    expect(packet.readUInt16BE(12)).toBe(0x0800);
    expect(packet.readUInt16BE(16)).toBe(length - 14);
    expect([packet.subarray(26, 30).join('.'), packet.subarray(30, 34).join('.')]).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(onesComplement(packet.subarray(14, 34))).toBe(0xffff);
    const tcp = packet.subarray(34);
    packets.push({
      ...{ flags: tcp[13]!, sequence: tcp.readUInt32BE(4), acknowledged: tcp.readUInt32BE(8) },
      ...{ fromPort: tcp.readUInt16BE(0), payload: tcp.subarray(20) },
    });
    at += 16 + length;
  }
  return packets;
}

function onesComplement(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
  return (sum & 0xffff) + (sum >>> 16);
}

test('log and pcap hold every byte of both directions', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unchoke-recording-'));
  const log = join(folder, 'wire.jsonl');
  const pcap = join(folder, 'wire.pcap');
  const seed = await startMockPeer({ torrent, content, log, pcap });
  const { port } = seed;
  const leech = await startMockPeer({ torrent, role: 'leech', peers: [seed] });
  expect(await leech.completed).toBe(true);
  await leech.close();
  await seed.close();
  const records = (await readFile(log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as TranscriptRecord);
  const packets = packetsOf(await readFile(pcap));
  await rm(folder, { recursive: true });

  expect(records[0]).toMatchObject({ direction: 'event', message: 'opened', origin: 'accepted' });
  expect(records.at(-1)).toMatchObject({ direction: 'event', message: 'closed' });
  const said = (direction: string): readonly string[] => {
    return records.filter((record) => record.direction === direction).map((record) => record.message);
  };
  expect(said('sent').slice(0, 4)).toEqual(['handshake', 'extended-handshake', 'have-all', 'unchoke']);
  expect(said('sent').filter((message) => message === 'piece')).toHaveLength(7);
  expect(said('received').filter((message) => message === 'request')).toHaveLength(7);
  expect(records.every((record, i) => i === 0 || record.timeMs >= records[i - 1]!.timeMs)).toBe(true);

  expect(packets.slice(0, 3).map((packet) => packet.flags)).toEqual([0x02, 0x12, 0x10]);
  const sent = packets.filter((packet) => packet.fromPort === port && packet.payload.length > 0);
  // Sequence numbers have no gaps, so that a stream can be followed.
  let next = 2;
  for (const packet of sent) {
    expect(packet.sequence).toBe(next);
    next += packet.payload.length;
  }
  const stream = Buffer.concat(sent.map((packet) => packet.payload));
  expect(stream.subarray(0, 20).toString('latin1')).toBe('\x13BitTorrent protocol');
  expect(stream.includes(Buffer.from(content.read(0, 16_384)))).toBe(true);
});

test('records reach a function, too', async () => {
  const records: TranscriptRecord[] = [];
  const seed = await startMockPeer({ torrent, content });
  const leech = await startMockPeer({
    torrent,
    role: 'leech',
    peers: [seed],
    onRecord: (record) => records.push(record),
  });
  expect(await leech.completed).toBe(true);
  await leech.close();
  await seed.close();
  expect(records.filter((record) => record.direction === 'received' && record.message === 'piece')).toHaveLength(7);
});

test('a tracker hears of start, completion and stop, and a leech dials whom it names', async () => {
  const seed = await startMockPeer({ torrent, content });
  const queries: string[] = [];
  const compact = Buffer.from([127, 0, 0, 1, seed.port >>> 8, seed.port & 0xff]);
  const tracker = createServer((request, response) => {
    queries.push(request.url ?? '');
    response.end(Buffer.concat([Buffer.from('d8:intervali1800e5:peers6:', 'latin1'), compact, Buffer.from('e')]));
  });
  await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
  const { port } = tracker.address() as { port: number };
  const answered: number[] = [];
  const leech = await startMockPeer({
    ...{ torrent, role: 'leech', tracker: `http://127.0.0.1:${port}/announce` },
    onNotice: (notice) => {
      if (notice.type === 'tracker-answered') answered.push(notice.peerCount);
    },
  });
  expect(await leech.completed).toBe(true);
  while (queries.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await leech.close();
  await seed.close();
  await new Promise((resolve) => tracker.close(resolve));
  const infoHash = Buffer.from(torrent.infoHash).toString('hex').replace(/../g, '%$&');
  expect(queries.map((query) => query.split('?')[0])).toEqual(['/announce', '/announce', '/announce']);
  expect(queries.every((query) => query.includes(`info_hash=${infoHash}&peer_id=%2d%55%4d`))).toBe(true);
  expect(queries.map((query) => /event=(\w+)/.exec(query)?.[1])).toEqual(['started', 'completed', 'stopped']);
  expect(queries.map((query) => /left=(\d+)/.exec(query)?.[1])).toEqual(['100000', '0', '0']);
  expect(answered[0]).toBe(1);
});

test.each([
  ['d14:failure reason4:nopee', 'it says "nope"'],
  ['<html>', 'expected a string length'],
  ['le', 'the answer is no dictionary'],
])('a tracker that answers %s is reported', async (body, reason) => {
  const tracker = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => tracker.listen(0, '127.0.0.1', resolve));
  const { port } = tracker.address() as { port: number };
  const failed = withResolvers();
  const seed = await startMockPeer({
    ...{ torrent, content, tracker: `http://127.0.0.1:${port}/announce` },
    onNotice: (notice) => {
      if (notice.type === 'tracker-failed') failed.resolve(notice.reason);
    },
  });
  expect(await failed.promise).toContain(reason);
  await seed.close();
  await new Promise((resolve) => tracker.close(resolve));
});

function withResolvers(): { promise: Promise<string>; resolve: (reason: string) => void } {
  let resolve: (reason: string) => void = () => undefined;
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
