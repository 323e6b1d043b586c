import { createHash } from 'node:crypto';
import { LIMITS } from '@unchoke/client';
import { blocksRoot, HashTree, pieceLayerRoot } from '@unchoke/metainfo';
import { Bitfield, Geometry } from '@unchoke/pieces';
import type { HashRange } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { noise } from './node/scratch.js';
import { type Puppet, Stage } from './puppet.js';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const PIECES_ROOT = new Uint8Array(32).fill(3);
const LAYER = Uint8Array.from({ length: 3 * 32 }, (_, index) => index);

const ASKED = { piecesRoot: PIECES_ROOT, baseLayer: 0, index: 0, length: 2, proofLayers: 1 };
const request = (changes: Partial<HashRange> = {}) => ({ type: 'hash-request', ...ASKED, ...changes }) as const;

function visited() {
  const tree = new HashTree(LAYER, 16_384, sha256);
  const stage = new Stage({ isComplete: true, hashTrees: [[PIECES_ROOT, tree]] });
  const peer = stage.join('10.0.0.1');
  peer.say({ type: 'have-none' });
  return { peer, tree };
}

describe('hashes of pieces (BEP 52)', () => {
  test('are given to who asks, choked or not', () => {
    const { peer, tree } = visited();
    peer.say(request(), request({ index: 2 }));
    expect(peer.heardOf('hashes')).toEqual([
      { type: 'hashes', ...ASKED, hashes: tree.run(ASKED) },
      { type: 'hashes', ...ASKED, index: 2, hashes: tree.run({ ...ASKED, index: 2 }) },
    ]);
    expect(peer.heardOf('hash-reject')).toEqual([]);
  });

  test.each<[string, Partial<HashRange>]>([
    ['of another file', { piecesRoot: new Uint8Array(32).fill(4) }],
    ['of blocks', { baseLayer: 1 }],
    ['that are not there', { index: 4 }],
    ['one by one, as libtorrent does for the last of 513', { length: 1 }],
  ])('%s are rejected, with the words of the request', (_, changes) => {
    const { peer } = visited();
    peer.say(request(changes));
    expect(peer.heardOf('hash-reject')).toEqual([{ type: 'hash-reject', ...ASKED, ...changes }]);
    expect(peer.closeReason).toBeUndefined();
  });

  test('are not given to the same peer for ever', () => {
    const { peer } = visited();
    for (let count = 0; count < LIMITS.strayRequestsMax + 20; count++) peer.say(request());
    const given = peer.heardOf('hashes').length;
    expect(given * 3 * 32).toBe(LIMITS.hashRepeatsMax * 2 * LAYER.length);
    expect(peer.closeReason).toBe('flood');
  });
});

describe('hashes of blocks (BEP 52, base layer 0)', () => {
  const PIECE_LENGTH = 65_536;
  const FILE = noise(PIECE_LENGTH + 2 * 16_384 + 5, 3);
  /** The second file of the torrent; in its second piece the last block is missing and the third one short. */
  const place = { offset: PIECE_LENGTH, length: FILE.length };
  const layer = Buffer.concat([FILE.subarray(0, PIECE_LENGTH), FILE.subarray(PIECE_LENGTH)].map(pieceHash));
  const root = Uint8Array.from(pieceLayerRoot(layer, PIECE_LENGTH, sha256));
  const leafHash = (block: number) => sha256(FILE.subarray(block * 16_384, (block + 1) * 16_384));
  const ask = (changes: Partial<HashRange> = {}) =>
    ({
      type: 'hash-request',
      piecesRoot: root,
      baseLayer: 0,
      index: 4,
      length: 4,
      proofLayers: 1,
      ...changes,
    }) as const;

  function pieceHash(content: Uint8Array): Uint8Array {
    return blocksRoot(content, sha256, 4);
  }

  function shared(pieceCount = 3) {
    const geometry = new Geometry({ totalLength: 3 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
    const tree = new HashTree(layer, PIECE_LENGTH, sha256);
    const have = Bitfield.of(
      3,
      [0, 1, 2].slice(0, pieceCount).map((piece) => geometry.pieceAt(piece)!),
    );
    const stage = new Stage({ geometry, have, sha256, hashTrees: [[root, tree, place]] });
    const [one, other] = ['10.0.0.1', '10.0.0.2'].map((host) => stage.join(host)) as [Puppet, Puppet];
    for (const peer of [one, other]) peer.say({ type: 'have-none' });
    let answered = 0;
    /** Does what is to be read; with the bytes of the file unless told otherwise. */
    const read = (bytesOf = (from: number, to: number): Uint8Array | undefined => FILE.subarray(from, to)) => {
      for (; answered < stage.actions.length; answered++) {
        const action = stage.actions[answered]!;
        if (action.type !== 'load-block') continue;
        const { peer, block } = action;
        const from = block.piece * PIECE_LENGTH + block.begin - place.offset;
        stage.deliver({ type: 'block-loaded', peer, block, bytes: bytesOf(from, from + block.length) });
      }
    };
    const loads = () => stage.actions.filter(({ type }) => type === 'load-block').length;
    return { stage, one, other, read, loads };
  }

  test('are made from the piece, and no block of it is held', () => {
    const { one, read, loads } = shared();
    one.say(ask());
    expect(loads()).toBe(1);
    read();
    const hashes = Buffer.concat([leafHash(4), leafHash(5), leafHash(6), new Uint8Array(32)]);
    expect(one.heardOf('hashes')).toMatchObject([{ index: 4, length: 4, proofLayers: 1 }]);
    expect(Buffer.compare(one.heardOf('hashes')[0]!.hashes, hashes)).toBe(0);
    expect(loads()).toBe(3);
  });

  test('come with what proves them', () => {
    const { one, read } = shared();
    one.say(ask({ index: 2, length: 2, proofLayers: 2 }));
    read();
    const beside = sha256(Buffer.concat([leafHash(0), leafHash(1)]));
    const hashes = Buffer.concat([leafHash(2), leafHash(3), beside, layer.subarray(32)]);
    expect(Buffer.compare(one.heardOf('hashes')[0]!.hashes, hashes)).toBe(0);
  });

  test('are given for one piece at a time, and seldom', () => {
    const { stage, one, other, read, loads } = shared();
    one.say(ask());
    other.say(ask());
    expect(other.heardOf('hash-reject')).toHaveLength(1);
    read();
    other.say(ask());
    expect(other.heardOf('hash-reject')).toHaveLength(2);
    stage.passTime(LIMITS.leafRestMs);
    one.say(ask());
    expect(one.heardOf('hash-reject')).toHaveLength(1);
    other.say(ask());
    read();
    expect(other.heardOf('hashes')).toHaveLength(1);
    stage.passTime(LIMITS.leafPeerRestMs);
    one.say(ask());
    read();
    expect(one.heardOf('hashes')).toHaveLength(2);
    expect(loads()).toBe(9);
  });

  test('wait for nobody who has gone', () => {
    const { stage, one, other, read } = shared();
    one.say(ask());
    stage.deliver({ type: 'socket-closed', peer: one.key, reason: 'remote-closed' });
    stage.passTime(LIMITS.leafRestMs);
    other.say(ask());
    read();
    expect(other.heardOf('hashes')).toHaveLength(1);
  });

  test.each<[string, Partial<HashRange>]>([
    ['of more than a piece', { index: 0, length: 8 }],
    ['beyond the file', { index: 8 }],
    ['of layers between blocks and pieces', { baseLayer: 1, length: 2 }],
  ])('%s are rejected, and nothing is read', (_, changes) => {
    const { one, loads } = shared();
    one.say(ask(changes));
    expect(one.heardOf('hash-reject')).toHaveLength(1);
    expect(loads()).toBe(0);
  });

  test('of a piece that is not here, cannot be read or has changed are rejected', () => {
    const missing = shared(2);
    missing.one.say(ask());
    expect(missing.one.heardOf('hash-reject')).toHaveLength(1);
    for (const bytesOf of [() => undefined, (from: number, to: number) => new Uint8Array(to - from)]) {
      const { one, read } = shared();
      one.say(ask());
      read(bytesOf);
      expect(one.heardOf('hash-reject')).toHaveLength(1);
    }
  });
});
