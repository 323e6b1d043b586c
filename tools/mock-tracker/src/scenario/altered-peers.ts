import type { HandedPeer } from '../book-message.js';
import { readPeerText } from './peer-text.js';
import type { PeersChange } from './tracker-scenario.js';

export interface PeersByFamily {
  readonly ipv4: readonly HandedPeer[];
  readonly ipv6: readonly HandedPeer[];
}

/** The one who asks, as `self` in a scenario means it: its endpoints and its id. */
export interface Asker {
  readonly ipv4: Uint8Array | undefined;
  readonly ipv6: Uint8Array | undefined;
  readonly peerId: string;
}

/** The peers that a rule wants to be sent. Those it adds are unfiltered on purpose: port 0, multicast, the asker itself. */
export function alteredPeers(known: PeersByFamily, change: PeersChange, asker: Asker): PeersByFamily {
  const base = change.only === undefined ? [...known.ipv4, ...known.ipv6] : named(change.only, asker);
  const isIpv6 = change.family === 'ipv6' || (change.family === undefined && asker.ipv4 === undefined);
  const once = [...base, ...named(change.add ?? [], asker), ...madeUp(change.madeUp ?? 0, isIpv6)];
  const copies = change.copies ?? 1;
  const all = copies === 1 ? once : once.flatMap((peer) => new Array<HandedPeer>(copies).fill(peer));
  return {
    ipv4: change.family === 'ipv6' ? [] : all.filter(({ endpoint }) => endpoint.length === 6),
    ipv6: change.family === 'ipv4' ? [] : all.filter(({ endpoint }) => endpoint.length === 18),
  };
}

function named(texts: readonly string[], asker: Asker): readonly HandedPeer[] {
  return texts.flatMap((text) => {
    const peer = readPeerText(text)!;
    if (peer !== 'self') return [{ endpoint: peer, peerId: NAMED_PEER_ID }];
    const endpoints = [asker.ipv4, asker.ipv6].filter((endpoint) => endpoint !== undefined);
    return endpoints.map((endpoint) => ({ endpoint, peerId: asker.peerId }));
  });
}

function madeUp(count: number, isIpv6: boolean): readonly HandedPeer[] {
  return Array.from({ length: count }, (_, index) => ({
    endpoint: isIpv6 ? documentationAddress(index) : benchmarkAddress(index),
    peerId: `-MT0001-${index.toString().padStart(12, '0')}`,
  }));
}

/** 198.18.0.0/15 (RFC 2544) has 131,072 addresses; behind those the port changes. */
function benchmarkAddress(index: number): Uint8Array {
  const port = 6_881 + Math.floor(index / 131_072);
  return Uint8Array.of(198, 18 + ((index >> 16) & 1), (index >> 8) & 255, index & 255, port >> 8, port & 255);
}

/** 2001:db8::/32 (RFC 3849). */
function documentationAddress(index: number): Uint8Array {
  const endpoint = new Uint8Array(18);
  endpoint.set([0x20, 0x01, 0x0d, 0xb8]);
  endpoint.set([index >>> 24, (index >> 16) & 255, (index >> 8) & 255, index & 255, 0x1a, 0xe1], 12);
  return endpoint;
}

const NAMED_PEER_ID = '-MT0001-named-peer--';
