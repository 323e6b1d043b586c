import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the part of the heap for what is short-lived at the size it has now, 2 to 4 MB. V8 lets it grow to 32 MB (64 on newer
 * Node), and no transfer is faster for that: 17 MB less were resident, without more processor time. Each new thread makes V8
 * forget this on Node 20, so it is said once the first one runs.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Has functions run twice as long as V8 would before they are compiled with care. A transfer of seconds is over before that has
 * paid, and compiling takes a quarter of its processor time. Four times as long saves those more, and costs a seed of 1 GiB a tenth.
 * From Node 22 on V8 has no such option, and says so to whoever sits at the terminal.
 */
export function optimizeLate(
  v8Version: string = process.versions.v8,
  setFlag: (flag: string) => void = setFlagsFromString,
): void {
  if (Number.parseInt(v8Version, 10) < 12) setFlag('--interrupt-budget=270336');
}
