import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

describe('npm run swarm', () => {
  it('says what is missing, names what is here, and fails', () => {
    const run = spawnSync(process.execPath, [join(import.meta.dirname, 'swarm.mjs')], { encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('packages/client is not written');
    expect(run.stderr).toMatch(/packages\/bencode +\S+/);
    expect(run.stderr).toMatch(/tools\/mock-peer +\S+/);
  });
});
