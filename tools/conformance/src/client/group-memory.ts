import { readdirSync, readFileSync } from 'node:fs';

/** The resident memory of all processes of a group, in bytes; undefined where no `/proc` tells of it. */
export function groupMemory(group: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  let bytes = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // The name of a program may hold anything, blanks too; what follows it may not.
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (Number(fields[2]) !== group) continue;
      const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${name}/status`, 'latin1'))?.[1];
      bytes += Number(resident ?? 0) * 1024;
    } catch (error) {
      // It ended while we looked.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return bytes;
}
