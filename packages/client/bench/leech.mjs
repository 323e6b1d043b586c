// One leech in a process of its own, from the built package, so that memory and processor time are its alone.
import { Client } from '@unchoke/client/node';
import { peakMemory } from './peak-memory.mjs';

const [torrent, path, port] = process.argv.slice(2);
const startMs = performance.now();
const client = new Client({ bind: '127.0.0.1' });
const leech = await client.add(torrent, { path, trackers: [], peers: [{ host: '127.0.0.1', port: Number(port) }] });
await leech.done;
const elapsedMs = performance.now() - startMs;
await client.close();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ elapsedMs, cpuMs: (userCPUTime + systemCPUTime) / 1000, rssBytes: peakMemory() }));
