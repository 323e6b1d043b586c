import { LocalProtocolError } from './errors.js';

const U32_MAX = 0xffff_ffff;

export function readU32(bytes: Uint8Array, at: number): number {
  // `>>> 0`: the shift alone would make numbers from 2^31 on negative.
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function writeU32(target: Uint8Array, at: number, value: number): void {
  if (!(value >= 0 && value <= U32_MAX && Math.floor(value) === value)) throw notU32(value);
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

export function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function writeU16(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 8;
  target[at + 1] = value;
}

function notU32(value: number): LocalProtocolError {
  return new LocalProtocolError(
    'bad-argument',
    `${value} is not an integer from 0 to 2^32 − 1, which four bytes can carry`,
  );
}
