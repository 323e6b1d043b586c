import type { Block } from '@unchoke/pieces';
import type { Parcel } from './virtual-socket.js';
import { ID } from './wire-record.js';

/**
 * Who a member is. `seed` and `leech` are honest. A `free-rider` takes and never unchokes anybody, a `staller` takes requests
 * and answers none: neither lies. A `corrupter` sends false blocks, all of them or some; a `breaker` breaks the protocol.
 */
export type Role = 'seed' | 'leech' | 'free-rider' | 'staller' | 'corrupter' | 'sly-corrupter' | 'breaker';

/** Must never be banned. */
export function isTruthful(role: Role): boolean {
  return role !== 'corrupter' && role !== 'sly-corrupter' && role !== 'breaker';
}

/** Says that it has everything from the beginning. */
export function beginsComplete(role: Role): boolean {
  return role !== 'leech' && role !== 'free-rider';
}

/** Of how many blocks a sly corrupter falsifies one. */
const SLY_SHARE = 6;
/** Of how many messages a breaker breaks one. */
const BREAK_SHARE = 200;

/** What really goes out in place of a block that was read: other bytes, or nothing ever. */
export function tamperBlock(
  role: Role,
  block: Block,
  bytes: Uint8Array,
  randomBelow: (bound: number) => number,
): Uint8Array | undefined {
  if (role === 'staller') return undefined;
  const isFalse = role === 'corrupter' || (role === 'sly-corrupter' && randomBelow(SLY_SHARE) === 0);
  if (!isFalse) return bytes;
  const wrong = new Uint8Array(bytes);
  wrong[randomBelow(block.length)]! ^= 1 + randomBelow(255);
  return wrong;
}

/** What really goes out in place of a message; undefined for nothing. */
export function tamperParcel(role: Role, parcel: Parcel, randomBelow: (bound: number) => number): Parcel | undefined {
  const { bytes } = parcel;
  if (role === 'free-rider' && bytes.length === 5 && bytes[4] === ID.unchoke) return undefined;
  if (role !== 'breaker' || randomBelow(BREAK_SHARE) > 0) return parcel;
  const broken = new Uint8Array(bytes);
  broken[randomBelow(broken.length)]! ^= 1 + randomBelow(255);
  return { bytes: broken, payload: parcel.payload, isGarbled: true };
}
