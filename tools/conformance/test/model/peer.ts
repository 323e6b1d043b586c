import type { Socket } from 'node:net';
import { bencode, latin1, type Value } from '../../src/client/bencode.js';
import { type Block, key } from './block.js';
import type { ModelClient } from './client.js';
import { Extensions } from './extensions.js';
import { oddLength } from './frame-length.js';
import { Uploads } from './uploads.js';

const GREETING = Buffer.concat([Buffer.from([19]), latin1('BitTorrent protocol')]);
const BLOCK = 16_384;
/** So often of the same kind is odd, however right each one is. */
const FLOOD = 500;
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
  readonly everAsked = new Set<string>();
  /** Blocks that it has sent. */
  readonly delivered = new Set<string>();
  allowed = new Set<number>();
  /** Blocks that it rejected since it last unchoked us. */
  readonly refused = new Set<string>();
  ids = new Map<string, number>();
  metadataSize = 0;
  requestQueue = 250;
  readonly metadata = new Map<number, Uint8Array>();
  metadataFailed = false;
  lastSaidMs = 0;
  /** Bytes of blocks that we had asked it for. */
  gaveBytes = 0;
  #inbox: Buffer = Buffer.alloc(0);
  readonly #uploads: Uploads;
  readonly #extensions: Extensions;
  #counts = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(client: ModelClient, socket: Socket, isDialled: boolean, expectedId?: string) {
    this.client = client;
    this.socket = socket;
    this.isDialled = isDialled;
    this.remote = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#uploads = new Uploads(this);
    this.#extensions = new Extensions(this);
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
      // Whoever still wants something has not left.
      if (this.isInterested && !this.amChoking) this.odd('half-close');
      this.close();
    });
    socket.on('close', () => this.close());
    socket.on('drain', () => this.#uploads.serve());
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
    this.#uploads.drop();
  }

  setInterested(isInterested: boolean): void {
    if (this.amInterested === isInterested) return;
    this.amInterested = isInterested;
    this.say(isInterested ? 2 : 3);
  }

  request(block: Block): void {
    this.asked.set(key(block), block);
    this.everAsked.add(key(block));
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
    if (this.isExtended && !client.flaw('extends-late')) this.#extensions.sayHandshake();
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
      setTimeout(() => this.#extensions.sayHandshake(), client.ms(3_000));
    if (client.flaw('always-extends')) this.#extensions.sayHandshake();
  }

  #bits(has: readonly boolean[]): Uint8Array {
    const bits = new Uint8Array(Math.ceil(has.length / 8));
    has.forEach((one, piece) => {
      if (one) bits[piece >> 3]! |= 0x80 >> (piece & 7);
    });
    return bits;
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
      if (length === 0) {
        this.odd('keep-alive');
        this.count('keep-alive');
      } else this.#take(frame[0]!, frame.subarray(1));
    }
    if (this.#inbox.length > 0 && this.client.flaw('expects-whole-frames')) this.close();
    this.client.fill();
  }

  /** True when the prefix alone says enough. */
  #judgePrefix(length: number): boolean {
    const { client } = this;
    const odd = oddLength(length, this.#inbox[4]);
    if (odd === undefined) return false;
    this.odd(odd.kind);
    if (client.flaw(odd.isLong ? 'believes-long-prefixes' : 'believes-sizes'))
      return odd.isLong || this.#inbox.length < 4 + length;
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
  count(kind: string): number {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count === FLOOD) this.odd(`flood-of-${kind}`);
    return count;
  }

  #take(id: number, body: Buffer): void {
    const { client } = this;
    const piece = body.length >= 4 ? body.readUInt32BE(0) : 0;
    const pieceCount = client.store?.pieceCount ?? 0;
    if (id < 4 || id === 4 || id === 13 || id === 14 || id === 15 || id === 20) this.count(`message-${id}`);
    if (id > 9 && id < 18 && !this.isFast) this.odd(`without-fast-${id}`);
    switch (id) {
      case 0:
        this.isChoking = true;
        if (this.#counts.get('message-0') === 2) this.odd('choked-again');
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
        if (client.store !== undefined && piece >= pieceCount)
          this.#bad(piece === 0xffff_ffff ? 'have-max' : 'have-out-of-range');
        else this.has[piece] = true;
        return;
      case 5:
        this.#bitfield(body);
        return;
      case 6:
        this.#uploads.requested({ piece, begin: body.readUInt32BE(4), length: body.readUInt32BE(8) });
        return;
      case 7:
        if (body.length < 8) this.#bad('short-piece');
        else client.received(this, piece, body.readUInt32BE(4), new Uint8Array(body.subarray(8)));
        return;
      case 8:
        this.#uploads.cancelled({ piece, begin: body.readUInt32BE(4), length: body.readUInt32BE(8) });
        return;
      case 13:
      case 17:
        if (piece >= pieceCount) this.odd(`hint-${id}-out-of-range`);
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
        this.#extensions.take(body);
        return;
      default:
        if (id !== 9) {
          this.odd(body.length > 64 * 1024 ? 'long-unknown-id' : 'unknown-id');
          this.count('unknown-id');
        }
        if (id !== 9 && client.flaw('closes-on-unknown')) this.close();
    }
  }

  #bad(kind: string): void {
    this.odd(kind);
    this.close();
  }

  #bitfield(body: Buffer): void {
    const { client } = this;
    if (!this.isChoking) this.odd('late-bitfield');
    else if (this.hasAll) this.odd('bitfield-after-have-all');
    else if (this.has.length > 0) this.odd('bitfield-twice');
    if (body.length === 0) this.odd('empty-bitfield');
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

  #rejected(block: Block): void {
    this.asked.delete(key(block));
    // What was cancelled may be rejected, too.
    if (!this.everAsked.has(key(block))) this.odd('reject-of-the-unasked');
    const again = this.client.flaw('asks-rejected-again');
    if (again) {
      // Twice, so that it is many times soon, however slow the machine is.
      this.request(block);
      this.request(block);
      return;
    }
    this.client.refused(this, block);
  }
}

function u32(number: number): Uint8Array {
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}
