import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default mergeConfig(
  shared,
  defineConfig({
    test: {
      // Strangers share ports and processors badly: one file at a time.
      fileParallelism: false,
      include: ['test/**/*.interop.ts'],
      reporters: ['verbose'],
      testTimeout: 180_000,
      maxConcurrency: 4,
      hookTimeout: 60_000,
    },
  }),
);
