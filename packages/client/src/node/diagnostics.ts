import { channel } from 'node:diagnostics_channel';
import type { TorrentNotice } from '../events.js';

/**
 * The channels of `node:diagnostics_channel` that a client publishes to; while nobody has subscribed they cost nothing. Tracker
 * URLs in messages are without their passkeys.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import { DIAGNOSTICS, type TorrentDiagnostic } from '@unchoke/client/node';
 *
 * subscribe(DIAGNOSTICS.torrentNotice, (message) => {
 *   const { infoHash, notice } = message as TorrentDiagnostic;
 *   console.log(infoHash, notice?.type);
 * });
 * ```
 */
export const DIAGNOSTICS = {
  /** A torrent runs. */
  torrentAdded: 'unchoke:torrent-added',
  /** Something happened to a torrent: see `notice`. */
  torrentNotice: 'unchoke:torrent-notice',
  /** It was removed, or its client closed. */
  torrentRemoved: 'unchoke:torrent-removed',
  /** Something happened to a magnet link whose metadata is not there yet: see `notice`. */
  magnetNotice: 'unchoke:magnet-notice',
} as const;

/**
 * A message on one of these channels.
 *
 * @example
 * ```ts
 * import type { TorrentDiagnostic } from '@unchoke/client/node';
 *
 * const message: TorrentDiagnostic = { infoHash: 'ab'.repeat(20), name: 'a film', notice: { type: 'torrent-completed' } };
 * console.assert(message.notice?.type === 'torrent-completed');
 * ```
 */
export interface TorrentDiagnostic {
  /** As on the wire, 40 hexadecimal digits. */
  readonly infoHash: string;
  readonly name: string | undefined;
  /** On the channels of notices. */
  readonly notice?: TorrentNotice;
}

const CHANNELS = {
  torrentAdded: channel(DIAGNOSTICS.torrentAdded),
  torrentNotice: channel(DIAGNOSTICS.torrentNotice),
  torrentRemoved: channel(DIAGNOSTICS.torrentRemoved),
  magnetNotice: channel(DIAGNOSTICS.magnetNotice),
};

export function publish(
  kind: keyof typeof DIAGNOSTICS,
  infoHash: Uint8Array,
  name: string | undefined,
  notice?: TorrentNotice,
): void {
  if (!CHANNELS[kind].hasSubscribers) return;
  const message: TorrentDiagnostic = {
    infoHash: Buffer.from(infoHash).toString('hex'),
    name,
    ...(notice === undefined ? {} : { notice }),
  };
  CHANNELS[kind].publish(message);
}
