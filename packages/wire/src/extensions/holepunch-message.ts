import { LocalProtocolError, RemoteProtocolError } from '../errors.js';
import { readU16, readU32, writeU16, writeU32 } from '../u32.js';
import { formatIp, parseIp } from './ip.js';

/**
 * Why a rendezvous failed (BEP 55).
 *
 * @example
 * ```ts
 * import { HOLEPUNCH_ERRORS } from '@unchoke/wire';
 *
 * console.assert(HOLEPUNCH_ERRORS.notConnected === 2);
 * ```
 */
export const HOLEPUNCH_ERRORS = { noSuchPeer: 1, notConnected: 2, noSupport: 3, noSelf: 4 } as const;

/**
 * A message of ut_holepunch (BEP 55): a third peer helps two others to reach each other.
 *
 * @example
 * ```ts
 * import { encodeHolepunchMessage, parseHolepunchMessage } from '@unchoke/wire';
 *
 * const message = parseHolepunchMessage(encodeHolepunchMessage({ kind: 'connect', host: '2001:db8::1', port: 6881 }));
 * console.assert(message.kind === 'connect' && message.host === '2001:db8::1');
 * ```
 */
export interface HolepunchMessage {
  readonly kind: 'rendezvous' | 'connect' | 'error';
  readonly host: string;
  readonly port: number;
  /** One of `HOLEPUNCH_ERRORS`, or another number from a peer; only with `error`. */
  readonly errorCode?: number;
}

const KINDS = ['rendezvous', 'connect', 'error'] as const;

/**
 * Writes the payload of a ut_holepunch message.
 *
 * @throws {LocalProtocolError} `bad-argument` for an address or port that is none.
 * @example
 * ```ts
 * import { encodeHolepunchMessage } from '@unchoke/wire';
 *
 * console.assert(encodeHolepunchMessage({ kind: 'rendezvous', host: '192.0.2.1', port: 6881 }).length === 12);
 * ```
 */
export function encodeHolepunchMessage(message: HolepunchMessage): Uint8Array {
  const { kind, host, port, errorCode = 0 } = message;
  const ip = parseIp(host);
  if (ip === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LocalProtocolError('bad-argument', `“${host}” port ${port} is not an address`);
  }
  const payload = new Uint8Array(8 + ip.length);
  payload[0] = KINDS.indexOf(kind);
  payload[1] = ip.length === 4 ? 0 : 1;
  payload.set(ip, 2);
  writeU16(payload, 2 + ip.length, port);
  writeU32(payload, 4 + ip.length, errorCode);
  return payload;
}

/**
 * Reads the payload of a ut_holepunch message. Without the four bytes of the error code, as some clients send it where it would
 * be zero, it is taken as well.
 *
 * @throws {RemoteProtocolError} `payload-malformed`.
 * @example
 * ```ts
 * import { parseHolepunchMessage } from '@unchoke/wire';
 *
 * console.assert(parseHolepunchMessage(new Uint8Array([1, 0, 192, 0, 2, 1, 26, 225, 0, 0, 0, 0])).port === 6881);
 * ```
 */
export function parseHolepunchMessage(payload: Uint8Array): HolepunchMessage {
  const kind = KINDS[payload[0] ?? KINDS.length];
  const addressLength = [4, 16][payload[1] ?? 2];
  const rest = payload.length - 4 - (addressLength ?? 0);
  if (kind === undefined || addressLength === undefined || !(rest === 4 || (rest === 0 && kind !== 'error'))) {
    const problem = `ut_holepunch: ${payload.length} bytes of type ${payload[0]} with an address of type ${payload[1]}`;
    throw new RemoteProtocolError('payload-malformed', problem);
  }
  const host = formatIp(payload.subarray(2, 2 + addressLength));
  const port = readU16(payload, 2 + addressLength);
  return kind === 'error' ? { kind, host, port, errorCode: readU32(payload, 4 + addressLength) } : { kind, host, port };
}
