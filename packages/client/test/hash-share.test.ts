import { createHash } from 'node:crypto';
import { LIMITS } from '@unchoke/client';
import { HashTree } from '@unchoke/metainfo';
import type { HashRange } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { Stage } from './puppet.js';

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
