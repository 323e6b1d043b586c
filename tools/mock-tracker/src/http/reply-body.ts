import { formatAddress } from '@unchoke/tracker';
import type { AnnounceAnswer, FailureAnswer, HandedPeer, ScrapeAnswer } from '../book-message.js';

/**
 * Answers as bencode, written by hand: the package that reads them in tests must not be the one that wrote them, and
 * an announce is most of what a tracker does.
 */

/** How the client wants its peers (BEP 23, BEP 3). */
export interface PeerForm {
  readonly isCompact: boolean;
  readonly noPeerId: boolean;
}

/** The body of a well-behaved announce. Keys are sorted, as bencode demands. */
export function announceBody(answer: AnnounceAnswer, form: PeerForm): Buffer {
  const { ipv4, ipv6 } = answer;
  const head = announceHead(answer);
  if (!form.isCompact) return Buffer.from(`${head}5:peers${listText([...ipv4, ...ipv6], form.noPeerId)}e`, 'latin1');
  const ipv4Bytes = ipv4.length * 6;
  const ipv6Bytes = ipv6.length * 18;
  const peersKey = `5:peers${ipv4Bytes}:`;
  const peers6Key = ipv6Bytes === 0 ? '' : `6:peers6${ipv6Bytes}:`;
  const body = Buffer.allocUnsafe(head.length + peersKey.length + ipv4Bytes + peers6Key.length + ipv6Bytes + 1);
  let at = body.write(head, 0, 'latin1');
  at += body.write(peersKey, at, 'latin1');
  at = copyPeers(body, at, ipv4);
  at += body.write(peers6Key, at, 'latin1');
  at = copyPeers(body, at, ipv6);
  body[at] = END;
  return body;
}

export function scrapeBody(answer: ScrapeAnswer): Buffer {
  // Bencode sorts keys, and a dictionary holds each once, whatever the client asked for.
  const files = new Map(answer.files.map((file) => [file.infoHash, file]));
  const entries = [...files.keys()].sort().map((infoHash) => {
    const { complete, downloaded, incomplete } = files.get(infoHash)!;
    return `20:${infoHash}d8:completei${complete}e10:downloadedi${downloaded}e10:incompletei${incomplete}ee`;
  });
  return Buffer.from(`d5:filesd${entries.join('')}ee`, 'latin1');
}

export function failureBody(answer: FailureAnswer): Buffer {
  const reason = Buffer.from(answer.reason, 'utf8');
  return Buffer.concat([Buffer.from(`d14:failure reason${reason.length}:`, 'latin1'), reason, Buffer.from('e')]);
}

/** Peers as dictionaries, one character per byte. */
export function listText(peers: readonly HandedPeer[], noPeerId: boolean): string {
  let text = 'l';
  for (const peer of peers) text += dictionaryText(peer, noPeerId);
  return `${text}e`;
}

/** Writes the compact peers behind each other; answers where they end. */
export function copyPeers(target: Uint8Array, start: number, peers: readonly HandedPeer[]): number {
  let at = start;
  for (const { endpoint } of peers) {
    for (let index = 0; index < endpoint.length; index++) target[at++] = endpoint[index]!;
  }
  return at;
}

function announceHead(answer: AnnounceAnswer): string {
  const { complete, downloaded, incomplete, intervalS, minIntervalS } = answer;
  const counts = `d8:completei${complete}e10:downloadedi${downloaded}e10:incompletei${incomplete}e8:intervali${intervalS}e`;
  return minIntervalS === undefined ? counts : `${counts}12:min intervali${minIntervalS}e`;
}

export function dictionaryText({ endpoint, peerId }: HandedPeer, noPeerId: boolean): string {
  const addressBytes = endpoint.length - 2;
  const ip = formatAddress(endpoint, 0, addressBytes === 4 ? 4 : 6);
  const port = endpoint[addressBytes]! * 256 + endpoint[addressBytes + 1]!;
  const id = noPeerId ? '' : `7:peer id20:${peerId}`;
  return `d2:ip${ip.length}:${ip}${id}4:porti${port}ee`;
}

const END = 0x65;
