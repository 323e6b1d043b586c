// One seed in a process of its own; says its port, and what it used when it is told to end.
import { Client } from '@unchoke/client/node';

const [torrent, path] = process.argv.slice(2);
const client = new Client({ bind: '127.0.0.1' });
await client.add(torrent, { path, trackers: [] });
console.log(await client.listen());
process.on('SIGTERM', async () => {
  await client.close();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssBytes: maxRSS * 1024 }));
});
