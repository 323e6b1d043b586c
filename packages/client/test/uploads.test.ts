import { Geometry } from '@unchoke/pieces';
import { describe, expect, test } from 'vitest';
import { Stage } from './puppet.js';

describe('requests that end in the padding behind a file (libtorrent before 2.0.13, version 2 alone)', () => {
  const shape = { totalLength: 16_384 + 100, pieceLength: 16_384 };

  test('are read and answered as they were asked', () => {
    const stage = new Stage({ isComplete: true, geometry: new Geometry({ ...shape, version: 'v2' }) });
    const peer = stage.join('10.0.0.1');
    peer.say({ type: 'have-none' }, { type: 'interested' }, { type: 'request', piece: 1, begin: 0, length: 16_384 });
    const load = stage.actions.find((action) => action.type === 'load-block');
    expect(load).toMatchObject({ peer: peer.key, block: { piece: 1, begin: 0, length: 16_384 } });
    stage.deliver({
      type: 'block-loaded',
      peer: peer.key,
      block: load!.block,
      bytes: new Uint8Array(16_384),
    });
    expect(peer.heardOf('piece')).toMatchObject([{ piece: 1, begin: 0, block: { length: 16_384 } }]);
  });
});
