import { createHash } from 'node:crypto';
import { LIMITS, type MagnetEvent, MagnetStart } from '@unchoke/client';
import {
  blocksRoot,
  buildMetainfo,
  completeInfo,
  type FileSpec,
  HashTree,
  LayerAssembly,
  parseMetainfo,
  pieceLayerRoot,
} from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { type LinkEvent, type Message, PeerLink } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { INFO_HASH, type MemberOptions, VirtualSwarm } from './virtual-swarm.js';

const PIECE_LENGTH = 16_384;
const PIECE_COUNTS = [5, 514, 1, 2];
const MINUTE = 60_000;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** A swarm of a v2 torrent of several files, all but one of several pieces. */
function swarmOf(seed: number) {
  const pieceCount = PIECE_COUNTS.reduce((sum, count) => sum + count, 0);
  const swarm = new VirtualSwarm(seed, { totalLength: pieceCount * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  let piece = 0;
  const files = PIECE_COUNTS.map((count, index): FileSpec => {
    const layer = new Uint8Array(count * 32);
    for (let at = 0; at < count; at++, piece++) {
      const content = swarm.content.subarray(piece * PIECE_LENGTH, (piece + 1) * PIECE_LENGTH);
      layer.set(blocksRoot(content, sha256, PIECE_LENGTH / 16_384), at * 32);
    }
    const spec = { path: ['t', `${index}`], length: count * PIECE_LENGTH };
    if (count === 1) return { ...spec, piecesRoot: layer };
    return { ...spec, piecesRoot: pieceLayerRoot(layer, PIECE_LENGTH, sha256), pieceLayer: layer };
  });
  const torrent = buildMetainfo({ name: 't', pieceLength: PIECE_LENGTH, files });
  const metainfo = parseMetainfo(torrent, hashes);
  const treesOf = (change: (layer: Uint8Array) => Uint8Array) =>
    files.flatMap(({ piecesRoot, pieceLayer }) =>
      pieceLayer === undefined
        ? []
        : [[Uint8Array.from(piecesRoot!), new HashTree(change(pieceLayer), PIECE_LENGTH, sha256)] as const],
    );
  const seedWith = (hashTrees: ReturnType<typeof treesOf>): MemberOptions => ({
    has: 'everything',
    torrent: { metadata: metainfo.infoBytes, infoHashV2: INFO_HASH, hashTrees },
  });
  const magnet: NonNullable<MemberOptions['magnet']> = {
    verify: (metadata) => Buffer.compare(metadata, metainfo.infoBytes) === 0,
    layersOf: () =>
      files
        .filter(({ pieceLayer }) => pieceLayer !== undefined)
        .map(
          ({ piecesRoot, length }) =>
            new LayerAssembly(
              { piecesRoot: piecesRoot!, pieceCount: length / PIECE_LENGTH, pieceLength: PIECE_LENGTH },
              sha256,
            ),
        ),
  };
  return {
    swarm,
    torrent,
    magnet,
    honest: seedWith(treesOf((layer) => layer)),
    liar: seedWith(treesOf((layer) => layer.map((byte) => byte ^ 1))),
    rejecter: seedWith([]),
  };
}

describe('a magnet link of version 2 alone', () => {
  test.each([1, 2, 3])('leads to all content of files of several pieces (seed %i)', (seed) => {
    const { swarm, torrent, magnet, honest } = swarmOf(seed);
    swarm.add(honest);
    swarm.add(honest);
    const leech = swarm.add({ knows: [0, 1], magnet });
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
    const { metadata, pieceLayers } = leech.found!;
    expect(Buffer.compare(completeInfo(metadata, pieceLayers), torrent)).toBe(0);
    expect(Buffer.compare(leech.disk, swarm.content)).toBe(0);
  });

  test.each([4, 5, 6])('gets the hashes although others lie about them or have none (seed %i)', (seed) => {
    const { swarm, torrent, magnet, honest, liar, rejecter } = swarmOf(seed);
    for (const options of [liar, rejecter, liar, honest]) swarm.add(options);
    const leech = swarm.add({ knows: [0, 1, 2, 3], magnet });
    swarm.runUntil(() => leech.found !== undefined, 10 * MINUTE);
    const { metadata, pieceLayers } = leech.found!;
    expect(Buffer.compare(completeInfo(metadata, pieceLayers), torrent)).toBe(0);
    const bans = leech.notices.filter((notice) => notice.type === 'peer-banned');
    expect(bans.length).toBeGreaterThan(0);
    for (const { address, reason } of bans) {
      expect(['10.0.0.1', '10.0.0.3']).toContain(address.host);
      expect(reason).toBe('sent false hashes of pieces');
    }
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
  });

  test('says what it waits for, and asks again who had no hashes yet', () => {
    const { swarm, magnet, rejecter, honest } = swarmOf(7);
    swarm.add(rejecter);
    const leech = swarm.add({ knows: [0], magnet });
    const why = () => ('why' in leech.machine ? leech.machine.why : '');
    const waits = 'the metadata is here; peers are asked for the hashes of the pieces';
    swarm.runUntil(() => why() === waits, MINUTE);
    swarm.add(honest);
    swarm.deliver(leech, { type: 'peers-found', addresses: [swarm.members[2]!.address] });
    swarm.runUntil(() => leech.isComplete, 10 * MINUTE);
  });

  test('has no hashes to give, says so, and looks at none that nobody asked for', () => {
    const magnet = new MagnetStart({
      infoHash: INFO_HASH,
      verify: () => false,
      layersOf: () => [],
      peerId: new Uint8Array(20).fill(1),
      port: 6881,
      nextPeerKey: () => 1,
      randomBelow: () => 0,
    });
    const link = new PeerLink({ infoHash: INFO_HASH, peerId: new Uint8Array(20).fill(2), offers: { v2: true } });
    const greeting = link.greet();
    const heard: LinkEvent[] = [];
    const closed: string[] = [];
    const tell = (event: MagnetEvent) => {
      for (const action of magnet.handle(event, 0)) {
        if (action.type === 'send-bytes') heard.push(...link.receive(action.bytes));
        if (action.type === 'close-socket') closed.push(action.reason);
      }
    };
    const handshake = { reserved: greeting.slice(20, 28), infoHash: INFO_HASH, peerId: greeting.slice(48) };
    tell({ type: 'torrent-started' });
    tell({ type: 'peer-accepted', peer: 1, address: { host: '10.0.0.9', port: 50_000 }, handshake });
    const range = { piecesRoot: new Uint8Array(32).fill(3), baseLayer: 0, index: 0, length: 2, proofLayers: 0 };
    const say = (message: Message) => tell({ type: 'bytes-received', peer: 1, bytes: link.send(message) });
    say({ type: 'have-none' });
    say({ type: 'hash-request', ...range });
    expect(heard.filter(({ type }) => type === 'hash-reject')).toEqual([{ type: 'hash-reject', ...range }]);
    for (let count = 0; count < LIMITS.strayRequestsMax - 1; count++) {
      say({ type: 'hashes', ...range, hashes: new Uint8Array(64) });
    }
    expect(closed).toEqual([]);
    say({ type: 'hashes', ...range, hashes: new Uint8Array(64) });
    expect(closed).toEqual(['flood']);
  });
});
