import { expect, test } from 'vitest';
import { optimizeLate } from '../../src/node/command/engine.js';

test('V8 is only told what it knows: otherwise it complains on the terminal', () => {
  const told: string[] = [];
  const tell = (flag: string) => void told.push(flag);
  optimizeLate('12.4.254.21-node.33', tell);
  optimizeLate('14.6.202.10-node.1', tell);
  expect(told).toEqual([]);
  optimizeLate('11.3.244.8-node.33', tell);
  expect(told).toEqual(['--interrupt-budget=270336']);
});
