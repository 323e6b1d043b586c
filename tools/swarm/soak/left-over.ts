import { readdirSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';

/** Handles, requests and descriptors that were not there before, by their kind. */
export interface LeftOver {
  readonly handles: readonly string[];
  readonly descriptors: number;
}

/** A thread needs a moment to end; what is there after so long, stays. */
const GIVE_UP_MS = 30_000;

export function whatIsOpen(): LeftOver {
  return { handles: process.getActiveResourcesInfo(), descriptors: readdirSync('/proc/self/fd').length };
}

/** What has come beside what was there; it is given time to go. */
export async function leftOver(before: LeftOver): Promise<LeftOver> {
  const endMs = performance.now() + GIVE_UP_MS;
  for (;;) {
    const now = whatIsOpen();
    const left = { handles: beyond(now.handles, before.handles), descriptors: now.descriptors - before.descriptors };
    if ((left.handles.length === 0 && left.descriptors <= 0) || performance.now() > endMs) return left;
    await after(50);
  }
}

function beyond(now: readonly string[], before: readonly string[]): readonly string[] {
  const known = [...before];
  return now.filter((name) => {
    const index = known.indexOf(name);
    if (index >= 0) known.splice(index, 1);
    return index < 0;
  });
}
