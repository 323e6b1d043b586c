import type { Socket } from 'node:net';
import { bencode, dict, latin1, type Value } from '../../src/client/bencode.js';
import { type Read, read } from './bencode.js';
import type { ModelClient } from './client.js';

const GREETING = Buffer.concat([Buffer.from([19]), latin1('BitTorrent protocol')]);
const FRAME_BYTES_MAX = 1024 * 1024;
const BLOCK = 16_384;
/** Payloads of fixed size, by message id. */
const SIZES: Readonly<Record<number, number>> = {
  0: 0,
  1: 0,
  2: 0,
  3: 0,
  4: 4,
  6: 12,
  8: 12,
  9: 2,
  13: 4,
  14: 0,
  15: 0,
  16: 12,
  17: 4,
};

interface Block {
  readonly piece: number;
  readonly begin: number;
  readonly length: number;
}

/** One connection of the model client. */
export class ModelPeer {
  readonly client: ModelClient;
  readonly socket: Socket;
  readonly isDialled: boolean;
  readonly remote: string;
  isGreeted = false;
  isOver = false;
  peerId = '';
  isFast = false;
  isExtended = false;
  has: boolean[] = [];
  hasAll = false;
  amChoking = true;
  amInterested = false;
  isChoking = true;
  isInterested = false;
  changedMs = -Infinity;
  asked = new Map<string, Block>();
  allowed = new Set<number>();
  /** Blocks that it rejected since it last unchoked us. */
  readonly refused = new Set<string>();
  ids = new Map<string, number>();
  metadataSize = 0;
  requestQueue = 250;
  listensOn = '';
  readonly metadata = new Map<number, Uint8Array>();
  metadataFailed = false;
  lastSaidMs = 0;
  #inbox: Buffer = Buffer.alloc(0);
  #queue: Block[] = [];
  #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(client: ModelClient, socket: Socket, isDialled: boolean, expectedId?: string) {
    this.client = client;
    this.socket = socket;
    this.isDialled = isDialled;
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.expectedId = expectedId;
    this.#timer = setTimeout(() => {
      if (!this.isGreeted && !client.flaw('waits-for-handshakes')) this.close();
    }, client.ms(10_000));
    socket.on('data', (chunk) => {
      try {
        this.#receive(chunk);
      } catch (error) {
        client.crash(error);
      }
    });
    socket.setNoDelay(true);
    socket.on('error', () => this.close());
    socket.on('end', () => {
      this.odd('half-close');
      this.close();
    });
    socket.on('close', () => this.close());
    socket.on('drain', () => this.serve());
    if (isDialled && !client.flaw('waits-to-greet')) this.#greet();
    if (isDialled && client.flaw('odd-protocol')) this.say(0);
  }

  readonly expectedId: string | undefined;

  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.socket.destroy();
    this.client.left(this);
  }

  odd(kind: string): void {
    this.client.odd(kind);
  }

  say(id: number, ...parts: readonly (number | Uint8Array)[]): void {
    const body = Buffer.concat(parts.map((part) => (typeof part === 'number' ? u32(part) : part)));
    this.#write(Buffer.concat([u32(body.length + 1), Buffer.from([id]), body]));
  }

  keepAlive(): void {
    this.#write(u32(0));
  }

  extended(name: string, header: Value, payload: Uint8Array = new Uint8Array(0)): void {
    const id = name === '' ? 0 : this.ids.get(name);
    if (id !== undefined) this.say(20, Uint8Array.of(id), bencode(header), payload);
  }

  hasPiece(piece: number): boolean {
    return this.hasAll || this.has[piece] === true;
  }

  setChoking(isChoking: boolean): void {
    if (this.amChoking === isChoking) return;
    this.amChoking = isChoking;
    this.changedMs = performance.now();
    this.say(isChoking ? 0 : 1);
    if (!isChoking) return;
    const dropped = this.#queue;
    this.#queue = [];
    if (this.isFast && !this.client.flaw('forgets-rejects')) for (const block of dropped) this.reject(block);
  }

  setInterested(isInterested: boolean): void {
    if (this.amInterested === isInterested) return;
    this.amInterested = isInterested;
    this.say(isInterested ? 2 : 3);
  }

  request(block: Block): void {
    this.asked.set(key(block), block);
    this.say(6, block.piece, block.begin, block.length);
  }

  cancel(block: Block): void {
    if (this.asked.delete(key(block)) && !this.client.flaw('never-cancels'))
      this.say(8, block.piece, block.begin, block.length);
  }

  reject({ piece, begin, length }: Block): void {
    this.say(16, piece, begin, length);
  }

  /** What it has, in one message. */
  inventory(): void {
    const { client } = this;
    const { store } = client;
    const has = store?.have ?? [];
    const count = has.filter((one) => one).length;
    if (this.isExtended && !client.flaw('extends-late')) this.#sayExtendedHandshake();
    if (client.flaw('speaks-first')) this.say(client.flaw('is-eager') ? 2 : 1);
    if (client.flaw('begins-unchoked')) client.sendBlock(this, { piece: 0, begin: 0, length: BLOCK });
    const isFast = this.isFast || client.flaw('always-fast');
    if (isFast && count === has.length && count > 0) this.say(14);
    else if (isFast && count === 0 && !client.flaw('no-inventory')) this.say(15);
    else if (count > 0) this.say(5, this.#bits(has));
    if (client.flaw('two-inventories')) this.say(5, this.#bits(has));
    if (client.flaw('has-everything')) for (let piece = 0; piece < has.length; piece++) this.say(4, piece);
    if (client.flaw('always-interested')) this.setInterested(true);
    if (this.isFast && client.isSeed) for (const piece of client.allowedFast(this)) this.say(17, piece);
    if (client.flaw('extends-late') || client.flaw('always-extends'))
      setTimeout(() => this.#sayExtendedHandshake(), client.ms(3_000));
    if (client.flaw('always-extends')) this.#sayExtendedHandshake();
  }

  #bits(has: readonly boolean[]): Uint8Array {
    const bits = new Uint8Array(Math.ceil(has.length / 8));
    has.forEach((one, piece) => {
      if (one) bits[piece >> 3]! |= 0x80 >> (piece & 7);
    });
    return bits;
  }

  #sayExtendedHandshake(): void {
    const { client } = this;
    if (client.flaw('extended-list')) {
      this.say(20, Uint8Array.of(0), latin1('le'));
      return;
    }
    const pex = client.store?.isPrivate === true && !client.flaw('pex-when-private') ? {} : { ut_pex: 1 };
    const m = dict({ ...pex, lt_donthave: 3, ut_metadata: client.flaw('same-ids') ? 1 : 2 });
    const size = client.infoBytes?.length;
    const told = size === undefined ? {} : { metadata_size: client.flaw('wrong-metadata-size') ? size + 1 : size };
    this.extended('', dict({ m, p: client.port, reqq: 250, v: 'model', ...told }));
  }

  #greet(): void {
    const { client } = this;
    const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 0x04]);
    const protocol = client.flaw('wrong-protocol')
      ? Buffer.concat([Buffer.from([19]), latin1('BitTorrent protocoL')])
      : GREETING;
    const hash = client.flaw('wrong-info-hash') ? Buffer.alloc(20, 7) : client.infoHash;
    const id = client.flaw('many-peer-ids')
      ? latin1(`-MC0001-${String(Math.random()).padEnd(12, '0').slice(2, 14).padEnd(12, '0')}`)
      : client.peerId;
    this.#write(Buffer.concat([protocol, reserved, hash, id]));
  }

  #write(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.lastSaidMs = performance.now();
    this.socket.write(bytes);
  }

  #receive(chunk: Buffer): void {
    this.#inbox = Buffer.concat([this.#inbox, chunk]);
    if (!this.isGreeted && !this.#handshake()) return;
    while (!this.isOver && this.#inbox.length >= 4) {
      const length = this.#inbox.readUInt32BE(0);
      if (this.#judgePrefix(length)) return;
      if (this.#inbox.length < 4 + length) break;
      const frame = this.#inbox.subarray(4, 4 + length);
      this.#inbox = this.client.flaw('one-frame-a-read') ? Buffer.alloc(0) : this.#inbox.subarray(4 + length);
      if (length === 0) this.#count('keep-alive');
      else this.#take(frame[0]!, frame.subarray(1));
    }
    if (this.#inbox.length > 0 && this.client.flaw('expects-whole-frames')) this.close();
    this.client.fill();
  }

  /** True when the prefix alone says enough. */
  #judgePrefix(length: number): boolean {
    const { client } = this;
    const id = this.#inbox[4];
    if (length === 0) return false;
    const isLong = length > FRAME_BYTES_MAX;
    const size = id === undefined ? undefined : SIZES[id];
    const isWrong = size !== undefined && length !== size + 1;
    if (!isLong && !isWrong) return false;
    this.odd(isLong ? 'long-prefix' : `size-of-${id}`);
    if (client.flaw(isLong ? 'believes-long-prefixes' : 'believes-sizes'))
      return isLong || this.#inbox.length < 4 + length;
    this.close();
    return true;
  }

  /** True when the stream goes on with frames. */
  #handshake(): boolean {
    const { client } = this;
    const known = Math.min(this.#inbox.length, GREETING.length);
    if (!this.#inbox.subarray(0, known).equals(GREETING.subarray(0, known))) {
      this.odd('stranger');
      if (client.flaw('waits-for-handshakes')) return false;
      this.close();
      return false;
    }
    if (this.#inbox.length < 68) return false;
    const reserved = this.#inbox.subarray(20, 28);
    const infoHash = this.#inbox.subarray(28, 48);
    this.peerId = this.#inbox.toString('latin1', 48, 68);
    this.#inbox = this.#inbox.subarray(68);
    if (!infoHash.equals(client.infoHash) && !client.flaw('takes-any-info-hash')) {
      this.close();
      return false;
    }
    const odd = reserved.some((byte, i) => (byte & ~(i === 5 ? 0x10 : i === 7 ? 0x04 : 0)) !== 0);
    if (odd && client.flaw('judges-reserved')) return this.#refuse();
    if (reserved.every((byte) => byte === 0) && client.flaw('wants-extensions')) return this.#refuse();
    if (this.peerId === Buffer.from(client.peerId).toString('latin1') && !client.flaw('talks-to-itself'))
      return this.#refuse();
    if (this.expectedId !== undefined && this.expectedId !== this.peerId && !client.flaw('ignores-ids'))
      return this.#refuse();
    this.isFast = (reserved[7]! & 4) !== 0;
    this.isExtended = (reserved[5]! & 0x10) !== 0;
    if (!this.isDialled) this.#greet();
    if (
      client.peers.some((peer) => peer !== this && peer.isGreeted && peer.peerId === this.peerId) &&
      !client.flaw('keeps-twins')
    )
      return this.#refuse();
    this.isGreeted = true;
    this.inventory();
    client.joined(this);
    return true;
  }

  #refuse(): false {
    this.close();
    return false;
  }

  /** The same thing over and over is odd, too, however right it may be. */
  #count(kind: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count === 40) this.odd(`flood-of-${kind}`);
    if (kind === 'keep-alive') this.odd('keep-alive');
  }

  #take(id: number, body: Buffer): void {
    const { client } = this;
    const piece = body.length >= 4 ? body.readUInt32BE(0) : 0;
    const pieceCount = client.store?.pieceCount ?? 0;
    if (id < 4 || id === 4 || id === 13 || id === 14 || id === 15 || id === 20) this.#count(`message-${id}`);
    if (id > 9 && id < 18 && !this.isFast) this.odd('fast-without-offer');
    switch (id) {
      case 0:
        this.isChoking = true;
        // BEP 6: what was asked is still answered; without it a choke drops everything.
        if (!this.isFast && !client.flaw('waits-after-choke')) this.asked.clear();
        if (client.flaw('asks-on'))
          setInterval(() => this.request({ piece: 0, begin: 0, length: BLOCK }), client.ms(500)).unref();
        return;
      case 1:
        this.isChoking = false;
        this.refused.clear();
        return;
      case 2:
        this.isInterested = true;
        client.choke();
        return;
      case 3:
        this.isInterested = false;
        client.choke();
        return;
      case 4:
        if (client.store !== undefined && piece >= pieceCount) this.#bad('have-out-of-range');
        else this.has[piece] = true;
        return;
      case 5:
        this.#bitfield(body);
        return;
      case 6:
        this.#requested({ piece, begin: body.readUInt32BE(4), length: body.readUInt32BE(8) });
        return;
      case 7:
        if (body.length < 8) this.#bad('short-piece');
        else client.received(this, piece, body.readUInt32BE(4), new Uint8Array(body.subarray(8)));
        return;
      case 8:
        this.#cancelled({ piece, begin: body.readUInt32BE(4), length: body.readUInt32BE(8) });
        return;
      case 13:
      case 17:
        if (piece >= pieceCount) this.odd('hint-out-of-range');
        else if (client.flaw('hints-are-haves')) this.has[piece] = true;
        if (id === 17 && this.isFast && !client.flaw('ignores-allowed')) this.allowed.add(piece);
        return;
      case 14:
        if (this.isFast || client.flaw('believes-have-all')) this.hasAll = true;
        // Two seeds have nothing to say to each other.
        if (client.store?.isComplete === true) this.close();
        return;
      case 15:
        if (this.hasAll) this.odd('have-none-after-have-all');
        return;
      case 16:
        this.#rejected({ piece, begin: body.readUInt32BE(4), length: body.readUInt32BE(8) });
        return;
      case 20:
        this.#extended(body);
        return;
      default:
        if (id !== 9) this.odd('unknown-id');
        if (id !== 9 && client.flaw('closes-on-unknown')) this.close();
    }
  }

  #bad(kind: string): void {
    this.odd(kind);
    this.close();
  }

  #bitfield(body: Buffer): void {
    const { client } = this;
    if (this.#counts.get('inventory') !== undefined || this.hasAll) this.odd('second-inventory');
    this.#counts.set('inventory', 1);
    if (this.has.length > 0) this.odd('late-bitfield');
    const count = client.store?.pieceCount;
    if (count !== undefined) {
      const isWrong = body.length !== Math.ceil(count / 8) || (body.at(-1)! & (0xff >> (count % 8 || 8))) !== 0;
      if (isWrong && !client.flaw('believes-bitfields')) {
        this.#bad('wrong-bitfield');
        return;
      }
    }
    for (let piece = 0; piece < (count ?? body.length * 8); piece++)
      if ((body[piece >> 3]! & (0x80 >> (piece & 7))) !== 0) this.has[piece] = true;
  }

  #requested(block: Block): void {
    const { client } = this;
    const { store } = client;
    const isGood =
      store !== undefined &&
      block.piece < store.pieceCount &&
      block.length > 0 &&
      block.length <= 128 * 1024 &&
      block.begin + block.length <= store.lengthOf(block.piece);
    this.#count('request');
    if (!isGood) {
      if (client.flaw('serves-anything'))
        this.say(7, block.piece, block.begin, new Uint8Array(Math.min(block.length, BLOCK)));
      this.#bad('bad-request');
      return;
    }
    const isAllowed = !this.amChoking || client.flaw('serves-choked') || client.allowedFast(this).includes(block.piece);
    const isHere = store.have[block.piece] === true || client.flaw('serves-missing');
    if (isAllowed && isHere) {
      if (this.#queue.length >= 500) {
        this.odd('request-flood');
        if (this.isFast) this.reject(block);
        return;
      }
      this.#queue.push(block);
      setTimeout(() => this.serve(), client.flaw('one-at-a-time') ? client.ms(30_000) : 0);
    } else if (this.isFast && !client.flaw('forgets-rejects')) this.reject(block);
  }

  #cancelled(block: Block): void {
    const at = this.#queue.findIndex((one) => key(one) === key(block));
    if (at < 0) {
      this.odd('cancel-of-nothing');
      return;
    }
    this.#queue.splice(at, 1);
    if (this.isFast && !this.client.flaw('silent-cancel')) this.reject(block);
  }

  /** As long as the socket takes it. */
  serve(): void {
    if (this.socket.writableNeedDrain) this.odd('never-read');
    while (this.#queue.length > 0 && !this.isOver && !this.socket.writableNeedDrain)
      this.client.sendBlock(this, this.#queue.shift()!);
  }

  #rejected(block: Block): void {
    if (!this.asked.delete(key(block))) this.odd('reject-of-nothing');
    this.#count('reject');
    const again = this.client.flaw('asks-rejected-again');
    if (again) {
      this.request(block);
      return;
    }
    this.client.refused(this, block);
  }

  #extended(body: Buffer): void {
    const { client } = this;
    const id = body[0];
    if (id === 3) {
      this.#donthave(body.length < 5 ? -1 : body.readUInt32BE(1));
      return;
    }
    const header = read(body.subarray(1));
    if (header === undefined || !(header.value instanceof Map)) {
      this.odd('bad-extended');
      return;
    }
    const values = header.value as ReadonlyMap<string, Read>;
    if (id === 0) this.#extendedHandshake(values);
    else if (id === 2) client.metadataMessage(this, values, body.subarray(1 + header.end));
    else if (id === 1) client.pexMessage(this, values);
    else this.odd('unknown-extension');
  }

  /** BEP 54. */
  #donthave(piece: number): void {
    const count = this.client.store?.pieceCount ?? 0;
    if (piece < 0 || piece >= count) {
      this.odd('donthave-out-of-range');
      return;
    }
    if (this.hasAll) this.has = Array.from({ length: count }, () => true);
    this.hasAll = false;
    this.has[piece] = false;
    for (const [name, block] of this.asked) if (block.piece === piece) this.asked.delete(name);
  }

  #extendedHandshake(header: ReadonlyMap<string, Read>): void {
    const { client } = this;
    if ((this.#counts.get('message-20') ?? 0) > 1) {
      this.odd('second-extended-handshake');
      if (client.flaw('closes-on-second')) this.close();
    }
    const m = header.get('m');
    if (m !== undefined && !(m instanceof Map)) this.odd('bad-extended');
    if (m instanceof Map) {
      for (const [name, id] of m as ReadonlyMap<string, Read>) {
        if (name.length > 100 || name.startsWith('__') || typeof id !== 'number' || id < 0 || id > 255)
          this.odd('bad-extension-id');
        else if (id === 0) this.ids.delete(name);
        else this.ids.set(name, client.flaw('own-ids') && name === 'ut_metadata' ? 2 : id);
      }
      if (m.size > 200) this.odd('bad-extended');
    }
    const size = header.get('metadata_size');
    if (typeof size === 'number' && size > 0 && size <= 4 * 1024 * 1024) this.metadataSize = size;
    else if (size !== undefined) this.odd('bad-metadata-size');
    const v = header.get('v');
    if (v !== undefined && (typeof v !== 'string' || v.length > 256)) this.odd('bad-extended');
    const queue = header.get('reqq');
    if (queue !== undefined) {
      if (typeof queue !== 'number' || queue < 1 || queue > 100_000) this.odd('bad-reqq');
      else if (!client.flaw('ignores-reqq')) this.requestQueue = queue;
    }
    const port = header.get('p');
    if (typeof port === 'number') this.listensOn = `${this.socket.remoteAddress}:${port}`;
    client.metadataWanted(this);
  }
}

export function key({ piece, begin }: { readonly piece: number; readonly begin: number }): string {
  return `${piece}:${begin}`;
}

function u32(number: number): Uint8Array {
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}
