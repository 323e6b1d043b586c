import type { AnnounceRequest } from '../announce.js';
import type { AnnounceAction, AnnouncerEvent } from '../announcer-events.js';
import { TrackerError } from '../errors.js';
import { announce } from './announce.js';
import type { AnnounceOptions } from './options.js';

/** What an announce says about the torrent and about us; the rest comes from the announcer. */
export type AnnounceTotals = Pick<AnnounceRequest, 'infoHash' | 'peerId' | 'port' | 'uploaded' | 'downloaded' | 'left'>;

/**
 * Does what an `Announcer` asks for and gives the event to tell it. Rejects only for what cannot be announced at all, like a
 * hash of the wrong length; abort it with `options.signal` when the announcer says `cancel-announce`.
 *
 * @example
 * ```ts
 * import { Announcer } from '@unchoke/tracker';
 * import { performAnnounce } from '@unchoke/tracker/node';
 *
 * const announcer = new Announcer({ announce: 'udp://127.0.0.1:9', randomBelow: (bound) => Math.floor(Math.random() * bound) });
 * const hash = new Uint8Array(20);
 * const totals = { infoHash: hash, peerId: hash, port: 6881, uploaded: 0, downloaded: 0, left: 1 };
 * for (const action of announcer.handle({ type: 'torrent-started' }, performance.now())) {
 *   if (action.type !== 'announce') continue;
 *   const event = await performAnnounce(action, totals);
 *   announcer.handle(event, performance.now());
 * }
 * ```
 */
export async function performAnnounce(
  action: AnnounceAction,
  totals: AnnounceTotals,
  options: AnnounceOptions = {},
): Promise<AnnouncerEvent> {
  const { exchange, url, family, timeoutMs, event, numWant, key, trackerId } = action;
  const request: AnnounceRequest = {
    ...totals,
    numWant,
    key,
    ...(event === undefined ? {} : { event }),
    ...(trackerId === undefined ? {} : { trackerId }),
  };
  try {
    const answer = await announce(url, request, { ...options, timeoutMs, ...(family === undefined ? {} : { family }) });
    return { type: 'announce-answered', exchange, answer };
  } catch (error) {
    if (!TrackerError.isInstance(error) || error.code === 'bad-field') throw error;
    return { type: 'announce-failed', exchange, problem: error };
  }
}
