import type { AnnounceAnswer, HandedPeer, ScrapeAnswer } from '../book-message.js';
import { copyPeers } from '../http/reply-body.js';
import { UDP_REPLY_BYTES_MAX } from '../limits.js';
import { writeU32 } from './u32.js';

/** Replies of BEP 15, straight into one buffer each. */

export const CONNECT = 0;
export const ANNOUNCE = 1;
export const SCRAPE = 2;
export const ERROR = 3;

/** The connection id is still to be written, at offset 8. */
export function connectReply(transactionId: number): Uint8Array {
  return headed(16, CONNECT, transactionId);
}

/** Peers of the datagram's own family, as many as fit one packet. */
export function announceReply(transactionId: number, answer: AnnounceAnswer, isIpv4: boolean): Uint8Array {
  const peers = fitting(isIpv4 ? answer.ipv4 : answer.ipv6, isIpv4 ? 6 : 18);
  const reply = headed(20 + peers.length * (isIpv4 ? 6 : 18), ANNOUNCE, transactionId);
  writeU32(reply, 8, answer.intervalS);
  writeU32(reply, 12, answer.incomplete);
  writeU32(reply, 16, answer.complete);
  copyPeers(reply, 20, peers);
  return reply;
}

export function scrapeReply(transactionId: number, answer: ScrapeAnswer): Uint8Array {
  const reply = headed(8 + answer.files.length * 12, SCRAPE, transactionId);
  answer.files.forEach((file, index) => {
    writeU32(reply, 8 + index * 12, file.complete);
    writeU32(reply, 12 + index * 12, file.downloaded);
    writeU32(reply, 16 + index * 12, file.incomplete);
  });
  return reply;
}

export function errorReply(transactionId: number, reason: string): Uint8Array {
  const text = Buffer.from(reason, 'utf8');
  const reply = headed(8 + text.length, ERROR, transactionId);
  reply.set(text, 8);
  return reply;
}

function headed(length: number, action: number, transactionId: number): Uint8Array {
  const reply = Buffer.allocUnsafe(length);
  writeU32(reply, 0, action);
  writeU32(reply, 4, transactionId);
  return reply;
}

function fitting(peers: readonly HandedPeer[], peerBytes: number): readonly HandedPeer[] {
  const countMax = Math.floor((UDP_REPLY_BYTES_MAX - 20) / peerBytes);
  return peers.length <= countMax ? peers : peers.slice(0, countMax);
}
