import { dialablePeers, PeerList } from '@unchoke/tracker';
import type { PexMessage, PexPeer } from '@unchoke/wire';
import type { PeerAddress } from './address-book.js';
import { LIMITS } from './limits.js';

const NO_BYTES = new Uint8Array(0);

/** What we and one peer tell each other about third ones (BEP 11): at most once a minute, at most fifty each way. */
export class PexLedger {
  readonly #told = new Map<string, PeerAddress>();
  readonly #heard = new Set<string>();
  #tellMs = 0;
  #hearMs = 0;
  /** Messages that came too soon. */
  strayCount = 0;

  /** When the next message may be sent. */
  get tellMs(): number {
    return this.#tellMs;
  }

  /** What has changed since the last message, if anything has. The time for the next one begins anew. */
  tell(contacts: readonly PexPeer[], nowMs: number): PexMessage | undefined {
    this.#tellMs = nowMs + LIMITS.pexIntervalMs;
    const present = new Map(contacts.map((contact) => [contactId(contact), contact]));
    const added = [...present]
      .filter(([id]) => !this.#told.has(id))
      .slice(0, LIMITS.pexContactsMax)
      .map(([, contact]) => contact);
    const dropped = [...this.#told].filter(([id]) => !present.has(id)).slice(0, LIMITS.pexContactsMax);
    for (const { host, port } of added) this.#told.set(contactId({ host, port }), { host, port });
    for (const [id] of dropped) this.#told.delete(id);
    if (added.length === 0 && dropped.length === 0) return undefined;
    return { added, dropped: dropped.map(([, contact]) => contact) };
  }

  /** The contacts of a message that are new. One source fills fifty places; those that it takes back are free again. */
  hear({ added, dropped }: PexMessage, nowMs: number): readonly PeerAddress[] {
    if (nowMs < this.#hearMs) {
      this.strayCount++;
      return [];
    }
    this.#hearMs = nowMs + LIMITS.pexEarliestMs;
    for (const contact of dropped) this.#heard.delete(contactId(contact));
    return added.filter((contact) => {
      const id = contactId(contact);
      if (this.#heard.size >= LIMITS.pexContactsMax || this.#heard.has(id)) return false;
      this.#heard.add(id);
      return true;
    });
  }
}

/**
 * Those contacts that a peer may name to us, and we to it: no address of nobody, none of ours, and local ones only between
 * peers that are local themselves.
 */
export function mentionable<T extends PeerAddress>(
  contacts: readonly T[],
  host: string,
  own: readonly PeerAddress[],
): readonly T[] {
  const passed = dialablePeers(new PeerList(NO_BYTES, NO_BYTES, contacts), { trackerHost: host, own });
  const ids = new Set(Array.from(passed, contactId));
  return contacts.filter((contact) => ids.has(contactId(contact)));
}

export function contactId({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
