import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

const isBetweenHosts = process.env['UNCHOKE_INTEROP_HOSTS'] !== undefined;

// The shared list of files is for unit tests; merging would add to it.
const { include: _, ...test } = shared.test ?? {};

export default mergeConfig(
  { ...shared, test },
  defineConfig({
    test: {
      // Strangers share ports and processors badly: one file at a time.
      fileParallelism: false,
      include: [isBetweenHosts ? 'test/hosts/*.interop.ts' : 'test/**/*.interop.ts'],
      reporters: ['verbose'],
      // A program of other people may stumble over its own timers; a fault of ours fails twice.
      retry: 1,
      testTimeout: 180_000,
      maxConcurrency: 4,
      hookTimeout: 60_000,
    },
  }),
);
