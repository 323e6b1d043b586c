import { createHash } from 'node:crypto';
import { HashTree, LayerAssembly, pieceLayerRoot } from '@unchoke/metainfo';
import { describe, expect, test } from 'vitest';
import { type Puppet, Stage } from './puppet.js';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const PIECE_LENGTH = 16_384;
const LAYER = Uint8Array.from({ length: 4 * 32 }, (_, index) => index);
const ROOT = Uint8Array.from(pieceLayerRoot(LAYER, PIECE_LENGTH, sha256));
const TREE = new HashTree(LAYER, PIECE_LENGTH, sha256);

function layersToFetch() {
  const assembly = new LayerAssembly({ piecesRoot: ROOT, pieceCount: 4, pieceLength: PIECE_LENGTH }, sha256);
  return { assemblies: [assembly], treeOf: () => [ROOT, TREE] as const };
}

const RANGE = { piecesRoot: ROOT, ...layersToFetch().assemblies[0]!.runAt(0) };
const REQUEST = { type: 'hash-request', ...RANGE } as const;
const HASHES = { type: 'hashes', ...RANGE, hashes: TREE.run(RANGE)! } as const;

/** A hybrid that was a magnet link, and two peers. */
function met(): { readonly stage: Stage; readonly one: Puppet; readonly other: Puppet } {
  const stage = new Stage({ hashTrees: [], layersToFetch: layersToFetch() });
  const [one, other] = ['10.0.0.1', '10.0.0.2'].map((host) => stage.join(host)) as [Puppet, Puppet];
  for (const peer of [one, other]) peer.say({ type: 'have-none' });
  return { stage, one, other };
}

describe('hashes that a hybrid lacks (BEP 52)', () => {
  test('are asked of one who knows version 2, and given to others from then on', () => {
    const { one, other } = met();
    expect([one, other].map((peer) => peer.heardOf('hash-request'))).toEqual([[REQUEST], []]);
    other.say(REQUEST);
    expect(other.heardOf('hash-reject')).toEqual([{ type: 'hash-reject', ...RANGE }]);
    one.say(HASHES);
    other.say(REQUEST);
    expect(other.heardOf('hashes')).toEqual([HASHES]);
    expect([one, other].map(({ closeReason }) => closeReason)).toEqual([undefined, undefined]);
  });

  test('that are false ban who sends them, and the other is asked', () => {
    const { one, other } = met();
    one.say({ ...HASHES, hashes: HASHES.hashes.map((byte) => byte ^ 1) });
    expect(one.closeReason).toBe('banned');
    expect(other.heardOf('hash-request')).toEqual([REQUEST]);
  });

  test('that one has not, or never sends, or takes away with it are asked of another', () => {
    const refused = met();
    refused.one.say({ type: 'hash-reject', ...RANGE });
    expect(refused.other.heardOf('hash-request')).toEqual([REQUEST]);
    const silent = met();
    for (let waits = 0; waits < 10 && silent.other.heardOf('hash-request').length === 0; waits++)
      silent.stage.passTime(silent.stage.torrent.deadlineMs! - silent.stage.nowMs);
    expect(silent.other.heardOf('hash-request')).toEqual([REQUEST]);
    const gone = met();
    gone.stage.deliver({ type: 'socket-closed', peer: gone.one.key, reason: 'remote-closed' });
    expect(gone.other.heardOf('hash-request')).toEqual([REQUEST]);
  });

  test('are asked of nobody who knows only version 1', () => {
    const stage = new Stage({ infoHashV2: new Uint8Array(20).fill(9), layersToFetch: layersToFetch() });
    const peer = stage.join('10.0.0.1');
    peer.say({ type: 'have-none' });
    expect(peer.heardOf('hash-request')).toEqual([]);
  });
});
