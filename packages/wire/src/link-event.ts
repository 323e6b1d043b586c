import type { RemoteProtocolError } from './errors.js';
import type { ExtensionEvent } from './extensions/extension.js';
import type { Handshake, Offers } from './handshake.js';
import type { BlockSpan, Message } from './messages.js';
import type { OddityCode } from './oddities.js';

/**
 * What happened on a link. Messages that are in order are events themselves; bytes in them hold until the next `receive`.
 *
 * @example
 * ```ts
 * import type { LinkEvent } from '@unchoke/wire';
 *
 * function describe(event: LinkEvent): string {
 *   if (event.type === 'protocol-violated') return event.error.message;
 *   if (event.type === 'oddity-noticed') return event.oddity;
 *   return event.type;
 * }
 * console.assert(describe({ type: 'unchoke' }) === 'unchoke');
 * ```
 */
export type LinkEvent =
  /** The peer's handshake, about the torrent of this link. */
  | { readonly type: 'handshake-received'; readonly handshake: Handshake; readonly offers: Offers }
  /** A message that is in order. */
  | Exclude<Message, { readonly type: 'extended' }>
  /** An extended message, read. */
  | ExtensionEvent
  /** Requests of ours that are void: after a choke or an lt_donthave without the fast extension. */
  | { readonly type: 'requests-dropped'; readonly requests: readonly BlockSpan[] }
  /** Nothing illegal, but not in order either. The message had no effect on the link, except after `availability-missing`. */
  | { readonly type: 'oddity-noticed'; readonly oddity: OddityCode; readonly message?: Message }
  /** A rule was broken. Always the last event of a link: close the connection. */
  | { readonly type: 'protocol-violated'; readonly error: RemoteProtocolError };
