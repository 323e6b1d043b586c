import type { AnnounceRequest } from './announce.js';
import { TrackerError } from './errors.js';
import { HASH_BYTES } from './limits.js';

/** Refuses what neither protocol can carry, before a byte of it is written. */
export function checkAnnounce(request: AnnounceRequest): void {
  checkHash(request.infoHash, 'infoHash');
  checkHash(request.peerId, 'peerId');
  checkInteger(request.port, 'port', 0xffff);
  checkInteger(request.uploaded, 'uploaded', Number.MAX_SAFE_INTEGER);
  checkInteger(request.downloaded, 'downloaded', Number.MAX_SAFE_INTEGER);
  checkInteger(request.left, 'left', Number.MAX_SAFE_INTEGER);
  if (request.numWant !== undefined) checkInteger(request.numWant, 'numWant', 0x7fff_ffff);
  if (request.key !== undefined) checkInteger(request.key, 'key', 0xffff_ffff);
}

export function checkHash(hash: Uint8Array, path: string): void {
  if (hash.length === HASH_BYTES) return;
  throw new TrackerError('bad-field', `${path} must be ${HASH_BYTES} bytes, not ${hash.length}`, { path });
}

export function checkInteger(value: number, path: string, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new TrackerError('bad-field', `${path} must be an integer from 0 to ${max}, not ${value}`, { path });
}
