import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockPool } from '../../src/node/block-pool.js';

test('no two blocks share memory while both are in use', () => {
  const step = fc.record({ length: fc.constantFrom(1, 100, 16_384) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.nat(3), (steps, heldMax) => {
      const pool = new BlockPool();
      const held: { readonly block: Uint8Array; readonly fill: number }[] = [];
      for (const [fill, { length }] of steps.entries()) {
        const block = pool.take(length).fill(fill);
        expect(block.length).toBe(length);
        held.push({ block, fill });
        for (const one of held) expect(Buffer.alloc(one.block.length, one.fill).equals(one.block)).toBe(true);
        if (held.length > heldMax) pool.giveBack(held.shift()!.block);
      }
    }),
    { numRuns: 30 },
  );
});
