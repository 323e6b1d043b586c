/** A repeated group of `Vector.input`. */
const REPEATED = /\(([0-9a-f]+)\)\{(\d+)\}/g;

/** The input as a subject gets it: plain hexadecimal digits, and `/` where a stream is cut. */
export function expandInput(input: string): string {
  return input.replace(REPEATED, (_, digits: string, times: string) => digits.repeat(Number(times)));
}

/** Bytes of an input once it is expanded, without expanding it. */
export function inputLength(input: string): number {
  let digits = input.replace(REPEATED, '').replaceAll('/', '').length;
  for (const [, group, times] of input.matchAll(REPEATED)) digits += group!.length * Number(times);
  return digits / 2;
}
