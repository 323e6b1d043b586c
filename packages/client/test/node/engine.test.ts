import { setFlagsFromString } from 'node:v8';
import { expect, test, vi } from 'vitest';
import { optimizeLate } from '../../src/node/command/engine.js';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));

test('V8 is only told what it knows: otherwise it complains on the terminal', () => {
  optimizeLate('12.4.254.21-node.33');
  optimizeLate('14.6.202.10-node.1');
  expect(setFlagsFromString).not.toHaveBeenCalled();
  optimizeLate('11.3.244.8-node.33');
  expect(setFlagsFromString).toHaveBeenCalledTimes(1);
});
