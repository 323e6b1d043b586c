import { describe, expect, test } from 'vitest';
import { LIMITS } from '../src/limits.js';
import { Scanner } from '../src/scanner.js';
import { bytesOf } from './text.js';

/** Inputs that grow, of the kinds where a careless decoder is quadratic. */
const GROWING: Readonly<Record<string, (size: number) => string>> = {
  'a list of integers': (size) => `l${'i1e'.repeat(size)}e`,
  'a list of strings': (size) => `l${'3:abc'.repeat(size)}e`,
  'a dictionary': (size) =>
    `d${Array.from({ length: size }, (_, index) => `8:${String(index).padStart(8, '0')}i1e`).join('')}e`,
  'one string': (size) => `${size}:${'x'.repeat(size)}`,
  'one cut string': (size) => `${size + 1}:${'x'.repeat(size)}`,
  'one long integer': (size) => `i1${'0'.repeat(Math.min(size, 1000))}e`,
  'long integers': (size) => `l${`i1${'0'.repeat(1000)}e`.repeat(size / 100)}e`,
  'lists in lists': (size) => `l${`${'l'.repeat(90)}${'e'.repeat(90)}`.repeat(size / 100)}e`,
};

describe.each(Object.entries(GROWING))('%s', (_, make) => {
  test.each([
    ['whole', Number.POSITIVE_INFINITY],
    ['in pieces of 7 bytes', 7],
    ['byte by byte', 1],
  ])('doubling the input at most doubles the work, %s', (_cut, cut) => {
    const [single, double] = [2000, 4000].map((size) => stepsOf(bytesOf(make(size)), cut)) as [number, number];
    expect(double).toBeLessThanOrEqual(2 * single + 16);
  });

  test('the work is a small multiple of the bytes', () => {
    const bytes = bytesOf(make(4000));
    expect(stepsOf(bytes, Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(2 * bytes.length);
    // A string's length of up to nine digits is looked at anew for each byte that it waits for.
    expect(stepsOf(bytes, 1)).toBeLessThanOrEqual(12 * bytes.length);
  });
});

function stepsOf(bytes: Uint8Array, cut: number): number {
  const scanner = new Scanner(LIMITS, true);
  for (let end = Math.min(cut, bytes.length); ; end = Math.min(end + cut, bytes.length)) {
    if (scanner.scan(bytes, end) || end === bytes.length) return scanner.steps;
  }
}
