import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const conditions = ['@unchoke/source'];

export default defineConfig({
  // Workspace packages resolve to their sources, so tests never run against a stale build.
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('./vitest.setup.ts', import.meta.url))],
    reporters: ['default', ['json', { outputFile: '.report/test.json' }]],
    testTimeout: 60_000,
    // Some start a process and wait for it; on a busy machine that takes longer than the ten seconds of the default.
    hookTimeout: 60_000,
  },
});
