import { LocalProtocolError, RemoteProtocolError } from './errors.js';
import type { ExtendedHandshake } from './extensions/extended-handshake.js';
import {
  type ExtensionEvent,
  type ExtensionMessage,
  type ExtensionOffer,
  encodeExtensionPayload,
  extensionName,
  parseExtensionPayload,
} from './extensions/extension.js';
import { LIMITS } from './limits.js';
import type { Message } from './messages.js';
import type { Side } from './side.js';

export type ExtendedMessage = Message & { readonly type: 'extended' };

/** Why nothing could be made of an extended message; the last is a violation. */
type Unreadable = 'extension-unknown' | 'extension-malformed' | 'payload-malformed';

/** The extended messages of one link (BEP 10): names to ids and back, and what both handshakes have said. */
export class ExtensionChannel {
  readonly #offers: readonly ExtensionOffer[];
  readonly #requestQueue: number | undefined;
  #malformedCount = 0;

  constructor(offers: readonly ExtensionOffer[], requestQueue: number | undefined) {
    this.#offers = offers;
    this.#requestQueue = requestQueue;
  }

  /** Reads what the peer sent, or says what is wrong with it. A handshake has its effect on `remote`. */
  read(message: ExtendedMessage, remote: Side): ExtensionEvent | Unreadable {
    const name = this.#offers.find(({ id }) => id === message.id)?.name;
    if (message.id !== 0 && name === undefined) return 'extension-unknown';
    try {
      const event = parseExtensionPayload(name, message.payload);
      if (event.type === 'extended-handshake') learn(remote, event.handshake);
      return event;
    } catch (error) {
      if (!RemoteProtocolError.isInstance(error)) throw error;
      return ++this.#malformedCount > LIMITS.malformedPayloadsMax ? 'payload-malformed' : 'extension-malformed';
    }
  }

  /** The message for the wire. A handshake has its effect on `local`. */
  send(message: ExtensionMessage, local: Side, remote: Side): ExtendedMessage {
    const name = extensionName(message);
    const id = name === undefined ? 0 : remote.extensions.get(name);
    if (id === undefined)
      throw new LocalProtocolError('extension-not-offered', `the peer takes no messages of ${name}`);
    if (message.type !== 'extended-handshake')
      return { type: 'extended', id, payload: encodeExtensionPayload(message) };
    const handshake = this.#completed(message.handshake);
    const payload = encodeExtensionPayload({ type: 'extended-handshake', handshake });
    learn(local, handshake);
    // Whoever asks for more than it was told of is served as far as we keep it.
    local.requestQueue = Math.max(local.requestQueue, Math.min(this.#requestQueue ?? 0, LIMITS.requestQueueMax));
    return { type: 'extended', id, payload };
  }

  /** Fills in what the link knows: our extensions and our queue. */
  #completed(handshake: ExtendedHandshake): ExtendedHandshake {
    const ours = new Map(this.#offers.map(({ name, id }) => [name, id]));
    for (const [name, messageId] of handshake.extensions ?? []) {
      if (messageId === 0 || ours.get(name) === messageId) continue;
      throw new LocalProtocolError(
        'bad-argument',
        `${name} is not among the \`extensions\` of this link with the id ${messageId}`,
      );
    }
    return { extensions: ours, requestQueue: this.#requestQueue ?? LIMITS.requestQueueDefault, ...handshake };
  }
}

function learn(side: Side, { extensions, requestQueue }: ExtendedHandshake): void {
  if (extensions !== undefined) side.mergeExtensions(extensions);
  if (requestQueue !== undefined) side.requestQueue = Math.min(requestQueue, LIMITS.requestQueueMax);
}
