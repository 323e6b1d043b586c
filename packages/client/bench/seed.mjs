// One seed in a process of its own; says its port, and what it used when it is told to end.
import { Client } from '@unchoke/client/node';
import { peakMemory } from './peak-memory.mjs';

const [torrent, path] = process.argv.slice(2);
const client = new Client({ bind: '127.0.0.1' });
await client.add(torrent, { path, trackers: [] });
console.log(await client.listen());
process.on('SIGTERM', async () => {
  await client.close();
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  console.log(JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssBytes: peakMemory() }));
});
