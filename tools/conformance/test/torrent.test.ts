import { expect, test } from 'vitest';
import { testTorrent } from '../src/client/torrent.js';

test('a pad file holds zeros, and nothing else of the torrent does', () => {
  const pad = { path: ['.pad', '24'], length: 24, extra: { attr: 'p' } };
  const files = [{ path: ['one.bin'], length: 40 }, pad, { path: ['two.bin'], length: 30 }];
  const { content } = testTorrent({ name: 'album', files }, 'http://127.0.0.1/announce', 1);
  const whole = content.read(0, 94);
  const zeros = [...whole].flatMap((byte, i) => (byte === 0 ? [i] : []));
  expect(zeros.filter((i) => i >= 40 && i < 64)).toHaveLength(24);
  expect(zeros.filter((i) => i < 40 || i >= 64).length).toBeLessThan(10);
  for (const [start, length] of [
    [0, 41],
    [50, 4],
    [63, 2],
    [64, 30],
  ] as const)
    expect(content.read(start, length)).toEqual(whole.subarray(start, start + length));
});
