import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Client } from '@unchoke/client/node';
import type { IdleLoad, IdleOrder } from './idle-torrents.js';

// A process that does nothing else, so that what is measured is a client and its torrents.
process.once('message', async ({ torrents, path, stateFolder, trackers, idleMs }: IdleOrder) => {
  const startMs = performance.now();
  const client = new Client({ bind: '127.0.0.1', stateFolder });
  for (const name of readdirSync(torrents)) await client.add(readFileSync(join(torrents, name)), { path, trackers });
  const startS = Math.round(performance.now() - startMs) / 1000;
  const started = process.cpuUsage();
  await after(idleMs / 2);
  const cpu = process.cpuUsage();
  await after(idleMs / 2);
  const { user, system } = process.cpuUsage(cpu);
  const kinds = process.getActiveResourcesInfo();
  const load: IdleLoad = {
    startS,
    startCpuS: Math.round((started.user + started.system) / 1000) / 1000,
    seeding: client.torrents.filter(({ status }) => status.state === 'seeding').length,
    rssMiB: Math.round(process.memoryUsage.rss() / 1_048_576),
    rssMaxMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    listening: kinds.filter((kind) => kind === 'TCPServerWrap').length,
    cpuMsPerSecond: Math.round((user + system) / 1000 / (idleMs / 2000)),
    closeS: 0,
  };
  const closeMs = performance.now();
  await client.close();
  process.send!({ ...load, closeS: Math.round(performance.now() - closeMs) / 1000 });
});
process.once('disconnect', () => process.exit());
