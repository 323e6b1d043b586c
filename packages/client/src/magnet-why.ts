import { type Announcer, redactTrackerUrl } from '@unchoke/tracker';
import type { MagnetPeer } from './magnet-peer.js';

/** Why a magnet link takes so long, in a sentence. */
export function whyWaiting(peers: Iterable<MagnetPeer>, { trackers }: Announcer, lacks: 'metadata' | 'hashes'): string {
  const all = [...peers];
  const greeted = all.filter(({ isGreeted }) => isGreeted);
  if (greeted.some(({ offersMetadata }) => offersMetadata)) {
    return lacks === 'metadata'
      ? 'peers are asked for the metadata'
      : 'the metadata is here; peers are asked for the hashes of the pieces';
  }
  if (greeted.length > 0) return 'no peer that is connected has the metadata';
  if (all.length > 0) return 'connecting to peers';
  const tracker = trackers.find(({ problem }) => problem !== undefined);
  if (tracker !== undefined) return `no peers: the tracker ${redactTrackerUrl(tracker.url)} says ${tracker.problem}`;
  return trackers.length === 0 ? 'no peers, and no tracker to ask for them' : 'no peers yet';
}

/** Why a peer is banned. */
export const BLAMES = {
  'wrong-hash': 'sent false metadata',
  'size-changed': 'contradicts itself about the length of the metadata',
  'wrong-part-length': 'sent a part of the metadata with a wrong length',
} as const;
