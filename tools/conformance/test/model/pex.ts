import { dict } from '../../src/client/bencode.js';
import type { Read } from './bencode.js';
import type { ModelClient } from './client.js';
import type { ModelPeer } from './peer.js';

/** BEP 11 from both sides. */
export class Pex {
  readonly #client: ModelClient;
  readonly #heard = new WeakMap<ModelPeer, number>();
  #toldMs = -Infinity;

  constructor(client: ModelClient) {
    this.#client = client;
  }

  take(peer: ModelPeer, header: ReadonlyMap<string, Read>): void {
    const isPrivate = this.#client.store?.isPrivate === true && !this.#client.flaw('pex-when-private');
    const added = header.get('added');
    const flags = header.get('added.f');
    if (typeof added !== 'string' || (flags !== undefined && typeof flags !== 'string')) {
      this.#client.odd('mistyped-pex');
      return;
    }
    const isOdd = added.length % 6 !== 0;
    if (isOdd || (flags !== undefined && flags.length !== added.length / 6)) {
      this.#client.odd(isOdd ? 'odd-pex' : 'short-pex-flags');
      return;
    }
    if (added.length > 50 * 6) this.#client.odd(peer.count('much-pex') === 1 ? 'much-pex' : 'much-pex-again');
    if (isPrivate || this.#client.flaw('deaf-to-pex')) return;
    const bytes = Buffer.from(added, 'latin1');
    for (let at = 0; at < Math.min(bytes.length, 50 * 6); at += 6) {
      if (bytes[at]! >= 224 || bytes[at] === 0 || bytes.readUInt16BE(at + 4) === 0) this.#client.odd('bad-pex-address');
      else this.#client.dial(`${[...bytes.subarray(at, at + 4)].join('.')}:${bytes.readUInt16BE(at + 4)}`);
    }
    if (performance.now() - (this.#heard.get(peer) ?? -Infinity) < this.#client.ms(1_000))
      this.#client.odd('frequent-pex');
    this.#heard.set(peer, performance.now());
  }

  /** Now and then, everybody of everybody. */
  tell(): void {
    const everyMs = this.#client.flaw('pex-flood') ? 50 : this.#client.ms(61_000);
    if (this.#client.store?.isPrivate === true || performance.now() - this.#toldMs < everyMs) return;
    const known = this.#client.peers.filter(({ isGreeted, socket }) => isGreeted && socket.remoteAddress !== undefined);
    if (known.length < 2) return;
    this.#toldMs = performance.now();
    const max = this.#client.flaw('pex-many') ? Infinity : 50;
    for (const peer of known) {
      const others = known.filter((other) => other !== peer).slice(0, max);
      const bytes = Buffer.concat(
        others.map(({ socket }) => Buffer.from([...(socket.remoteAddress ?? '').split('.').map(Number), 0x1a, 0xe1])),
      );
      peer.extended('ut_pex', dict({ added: bytes, 'added.f': new Uint8Array(others.length) }));
    }
  }
}
