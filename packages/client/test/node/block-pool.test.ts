import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockPool, withHeader } from '../../src/node/block-pool.js';

test('a header goes out with its block in one stretch, and neither changes the block nor another one', () => {
  const step = fc.record({ header: fc.uint8Array({ maxLength: 13 }), length: fc.constantFrom(1, 100, 16_384) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.nat(3), (steps, heldMax) => {
      const pool = new BlockPool();
      const held: { readonly block: Uint8Array; readonly fill: number }[] = [];
      for (const [fill, { header, length }] of steps.entries()) {
        const block = pool.take(length).fill(fill);
        expect(block.length).toBe(length);
        held.push({ block, fill });
        const message = withHeader(header, block);
        expect(message.subarray(0, header.length)).toEqual(Buffer.from(header));
        expect(Buffer.from(block).equals(message.subarray(header.length))).toBe(true);
        for (const one of held) expect(Buffer.alloc(one.block.length, one.fill).equals(one.block)).toBe(true);
        if (held.length > heldMax) pool.giveBack(held.shift()!.block);
      }
    }),
    { numRuns: 30 },
  );
});
