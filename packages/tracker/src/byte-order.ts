// BEP 15: every number on the wire is big-endian. Written out because it is on the path of every datagram: building a
// DataView for each packet costs more than reading the packet.

export function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function readU32(bytes: Uint8Array, offset: number): number {
  return readI32(bytes, offset) >>> 0;
}

export function readI32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
}

export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** A count of 64 bits. What is above 2^53 - 1 reads as 2^53 - 1: clients say "unknown" with all kinds of huge numbers. */
export function readCount(bytes: Uint8Array, offset: number): number {
  const high = readU32(bytes, offset);
  if (high > 0x1f_ffff) return Number.MAX_SAFE_INTEGER;
  return high * 0x1_0000_0000 + readU32(bytes, offset + 4);
}

export function writeCount(bytes: Uint8Array, offset: number, value: number): void {
  writeU32(bytes, offset, Math.floor(value / 0x1_0000_0000));
  writeU32(bytes, offset + 4, value % 0x1_0000_0000);
}

export function readU64(bytes: Uint8Array, offset: number): bigint {
  return (BigInt(readU32(bytes, offset)) << 32n) | BigInt(readU32(bytes, offset + 4));
}

export function writeU64(bytes: Uint8Array, offset: number, value: bigint): void {
  writeU32(bytes, offset, Number((value >> 32n) & 0xffff_ffffn));
  writeU32(bytes, offset + 4, Number(value & 0xffff_ffffn));
}
