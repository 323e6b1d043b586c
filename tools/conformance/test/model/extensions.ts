import { dict, latin1 } from '../../src/client/bencode.js';
import { type Read, read } from './bencode.js';
import type { ModelPeer } from './peer.js';

const METADATA_BYTES_MAX = 4 * 1024 * 1024;

/** BEP 10 on one connection, and BEP 54, which is small. */
export class Extensions {
  readonly #peer: ModelPeer;

  constructor(peer: ModelPeer) {
    this.#peer = peer;
  }

  sayHandshake(): void {
    const { client } = this.#peer;
    if (client.flaw('extended-list')) {
      this.#peer.say(20, Uint8Array.of(0), latin1('le'));
      return;
    }
    const pex = client.store?.isPrivate === true && !client.flaw('pex-when-private') ? {} : { ut_pex: 1 };
    const m = dict({ ...pex, lt_donthave: 3, ut_metadata: client.flaw('same-ids') ? 1 : 2 });
    const size = client.infoBytes?.length;
    const told = size === undefined ? {} : { metadata_size: client.flaw('wrong-metadata-size') ? size + 1 : size };
    this.#peer.extended('', dict({ m, p: client.port, reqq: 250, v: 'model', ...told }));
  }

  take(body: Buffer): void {
    const peer = this.#peer;
    const { client } = peer;
    const id = body[0];
    if (id === 3) {
      this.#donthave(body.length < 5 ? -1 : body.readUInt32BE(1));
      return;
    }
    const header = read(body.subarray(1));
    if (header === undefined || !(header.value instanceof Map)) {
      peer.odd(id === 0 ? `extended-handshake-${shapeOf(body.subarray(1))}` : `extended-message-${id}-of-junk`);
      return;
    }
    const values = header.value as ReadonlyMap<string, Read>;
    if (id === 0) this.#handshake(values);
    else if (id === 2) client.metadata.take(peer, values, body.subarray(1 + header.end));
    else if (id === 1) client.pex.take(peer, values);
    else peer.odd('unknown-extension');
  }

  #donthave(piece: number): void {
    const peer = this.#peer;
    const count = peer.client.store?.pieceCount ?? 0;
    if (piece < 0 || piece >= count) {
      peer.odd('donthave-out-of-range');
      return;
    }
    if (peer.hasAll) peer.has = Array.from({ length: count }, () => true);
    peer.hasAll = false;
    peer.has[piece] = false;
    for (const [name, block] of peer.asked) if (block.piece === piece) peer.asked.delete(name);
  }

  #handshake(header: ReadonlyMap<string, Read>): void {
    const peer = this.#peer;
    const { client } = peer;
    if (peer.count('extended-handshake') > 1) {
      peer.odd('second-extended-handshake');
      if (client.flaw('closes-on-second')) peer.close();
    }
    this.#learnIds(header.get('m'));
    const size = header.get('metadata_size');
    if (typeof size === 'number' && size > 0 && size <= METADATA_BYTES_MAX) peer.metadataSize = size;
    else if (typeof size === 'number' || typeof size === 'bigint') peer.odd(`metadata-size-${size}`);
    const v = header.get('v');
    if (typeof v === 'string' && v.length > 256) peer.odd('long-v');
    const queue = header.get('reqq');
    if (typeof queue === 'number' || typeof queue === 'bigint') {
      if (queue < 1 || queue > 100_000) peer.odd(queue < 0 ? 'reqq-negative' : queue === 0 ? 'reqq-zero' : 'reqq-huge');
      else if (!client.flaw('ignores-reqq')) peer.requestQueue = Number(queue);
    }
    client.metadata.want(peer);
  }

  #learnIds(m: Read | undefined): void {
    const peer = this.#peer;
    if (m !== undefined && !(m instanceof Map)) peer.odd('m-of-junk');
    if (!(m instanceof Map)) return;
    if (m.size > 200) peer.odd('wide-m');
    for (const [name, id] of m as ReadonlyMap<string, Read>) {
      if (name.startsWith('__')) peer.odd('prototype-key');
      else if (typeof id !== 'number' || id < 0 || id > 255) peer.odd('bad-extension-id');
      else if (id === 0) peer.ids.delete(name);
      else peer.ids.set(name, peer.client.flaw('own-ids') && name === 'ut_metadata' ? 2 : id);
    }
  }
}

/** What it looks like instead of a dictionary. */
function shapeOf(bytes: Buffer): string {
  const isDeep = bytes.length > 1_000 && bytes.includes('l'.repeat(1_000));
  if (isDeep) return bytes.at(-1) === 'e'.charCodeAt(0) ? 'deep-and-closed' : 'deep';
  if (read(bytes) === undefined) return 'junk';
  return bytes.length > 100_000 ? 'long-list' : 'list';
}
