import { existsSync, readFileSync } from 'node:fs';

/** The most memory this process held, in bytes. Linux counts `maxRSS` from before the program began, when it was its parent. */
export function peakMemory() {
  const status = '/proc/self/status';
  const found = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : null;
  return found === null ? process.resourceUsage().maxRSS * 1024 : Number(found[1]) * 1024;
}
