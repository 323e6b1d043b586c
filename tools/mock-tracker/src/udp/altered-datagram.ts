import type { UdpRequest } from '@unchoke/tracker';
import type { AnnounceAnswer, AnnounceRequest, BookAnswer } from '../book-message.js';
import { rawText } from '../http/altered-body.js';
import { alteredPeers } from '../scenario/altered-peers.js';
import type { AnyInteger, Misbehaviour, PeersChange, ReplyChange, UdpChange } from '../scenario/tracker-scenario.js';
import type { Source } from '../source.js';
import { readU32, writeU32 } from './u32.js';
import type { OutgoingDatagram } from './udp-front.js';
import { errorReply } from './udp-reply.js';

export interface UdpOccasion {
  readonly request: UdpRequest;
  readonly asked: AnnounceRequest | undefined;
  readonly answer: BookAnswer | undefined;
  readonly source: Source;
}

/** What a rule makes of a good reply: datagrams, in the order in which they are to be sent. */
export function alteredDatagrams(
  good: Uint8Array,
  change: Misbehaviour,
  occasion: UdpOccasion,
): readonly OutgoingDatagram[] {
  const udp = change.udp ?? {};
  if (udp.drop === 'reply') return [];
  const bytes = alteredBytes(withReply(good, change.reply ?? {}, udp, occasion), udp);
  const how = { waitMs: udp.waitMs ?? 0, isHeld: udp.holdForNext === true, isFromOtherPort: udp.otherPort === true };
  const strays = Array.from({ length: udp.strays ?? 0 }, (_, index) => ({
    ...how,
    isHeld: false,
    bytes: stray(good, index),
  }));
  const copies = Array.from({ length: udp.copies ?? 1 }, () => ({ ...how, bytes }));
  return [...strays, ...copies];
}

function withReply(good: Uint8Array, reply: ReplyChange, udp: UdpChange, occasion: UdpOccasion): Uint8Array {
  const { transactionId } = occasion.request;
  const failure = udp.error ?? reply.failure;
  if (failure !== undefined && occasion.request.type !== 'connect') return errorReply(transactionId, failure);
  if (udp.error !== undefined) return errorReply(transactionId, udp.error);
  if (occasion.answer?.type !== 'announce') return good;
  const bytes =
    reply.peers === undefined ? new Uint8Array(good) : withPeers(good, reply.peers, occasion, occasion.answer);
  if (bytes.length < 20) return bytes;
  setU32(bytes, 8, reply.interval);
  setU32(bytes, 12, reply.incomplete);
  setU32(bytes, 16, reply.complete);
  return bytes;
}

function withPeers(good: Uint8Array, change: PeersChange, occasion: UdpOccasion, answer: AnnounceAnswer): Uint8Array {
  const asker = { ipv4: occasion.asked?.ipv4, ipv6: occasion.asked?.ipv6, peerId: occasion.asked?.peerId ?? '' };
  const peers = alteredPeers(answer, change, asker);
  const family = occasion.source.address.length === 4 ? peers.ipv4 : peers.ipv6;
  const compact = change.none === true ? [] : family.map(({ endpoint }) => endpoint);
  // The longest datagram that UDP can carry; a rule that asks for more gets whole peers up to there.
  const peerBytes = compact[0]?.length ?? 6;
  const fitting = compact.slice(0, Math.floor((DATAGRAM_BYTES_MAX - 20) / peerBytes));
  const whole = Buffer.concat([good.subarray(0, 20), ...fitting]);
  return whole.subarray(0, Math.max(20, whole.length - (change.cutBytes ?? 0)));
}

function alteredBytes(bytes: Uint8Array, udp: UdpChange): Uint8Array {
  let altered: Uint8Array =
    udp.replace === undefined ? Buffer.from(bytes) : Buffer.from(rawText(udp.replace), 'latin1');
  if (udp.action !== undefined && altered.length >= 4) writeU32(altered, 0, udp.action);
  if (udp.transactionId !== undefined && altered.length >= 8) {
    writeU32(altered, 4, udp.transactionId === 'wrong' ? readU32(altered, 4) ^ 0x5a5a_5a5a : udp.transactionId);
  }
  if (udp.cutAt !== undefined) altered = altered.subarray(0, udp.cutAt);
  if (udp.append !== undefined) altered = Buffer.concat([altered, Buffer.from(rawText(udp.append), 'latin1')]);
  return altered.subarray(0, DATAGRAM_BYTES_MAX);
}

/** Three kinds in turn: another transaction, an action that does not exist, and a few bytes. */
function stray(good: Uint8Array, index: number): Uint8Array {
  const bytes = Buffer.from(good);
  if (index % 3 === 0) writeU32(bytes, 4, readU32(bytes, 4) + 1 + index);
  else if (index % 3 === 1) writeU32(bytes, 0, 0x7fff_ffff);
  else return bytes.subarray(0, index % 8);
  return bytes;
}

/** The low 32 bits, as a number of any size would be written. Leaving out is not possible in a fixed layout. */
function setU32(bytes: Uint8Array, offset: number, value: AnyInteger | null | undefined): void {
  if (value !== undefined && value !== null) writeU32(bytes, offset, Number(BigInt.asUintN(32, BigInt(value))));
}

/** What IPv4 leaves of 65,535 bytes. */
const DATAGRAM_BYTES_MAX = 65_507;
