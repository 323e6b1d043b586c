import { createSocket, type Socket } from 'node:dgram';
import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Read, readDict } from './bencode.js';
import type { ModelClient } from './client.js';

const BODY_BYTES_MAX = 1024 * 1024;

interface Answer {
  readonly peers: readonly { address: string; peerId?: string }[];
  readonly intervalS: number;
}

/** Announces of the model client: tiers, events, waits, over HTTP and UDP. */
export class Trackers {
  readonly #client: ModelClient;
  readonly #tiers: readonly (readonly string[])[];
  readonly #key = Math.floor(Math.random() * 0xffff_ffff);
  readonly #ids = new Map<string, string>();
  readonly #gone = new Set<string>();
  readonly #sockets = new Set<Socket>();
  readonly #transactions = new Set<number>();
  #datagrams = 0;
  readonly #aborts = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  /** A tracker has answered. */
  hasStarted = false;
  #completed = false;
  #failures = 0;
  #isOver = false;
  isWaiting = false;

  constructor(client: ModelClient, tiers: readonly (readonly string[])[]) {
    this.#client = client;
    this.#tiers = tiers;
  }

  start(): void {
    if (this.#client.flaw('never-announces')) return;
    void this.#round(this.#client.flaw('no-started') ? '' : 'started');
  }

  completed(): void {
    this.#completed = true;
    if (this.hasStarted) void this.#round('completed');
    if (this.#client.flaw('completed-twice') && this.hasStarted) void this.#round('completed');
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isOver = true;
    if (this.#client.flaw('no-stopped') || !this.hasStarted) return;
    const patience = new Promise<void>((resolve) => setTimeout(resolve, this.#client.ms(5_000)));
    await Promise.race([this.#everyTier('stopped'), patience]);
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#aborts.abort();
    for (const socket of this.#sockets) socket.close();
    this.#sockets.clear();
  }

  async #round(event: string): Promise<void> {
    const { flaw } = this.#client;
    clearTimeout(this.#timer);
    this.isWaiting = true;
    const answer = await this.#everyTier(event);
    this.isWaiting = false;
    if (this.#isOver) return;
    let waitS: number;
    if (answer === undefined) {
      this.#failures++;
      waitS = flaw('hammers-failures') ? 0.5 : 15 * 2 ** this.#failures;
    } else {
      this.#failures = 0;
      if (!this.hasStarted && (this.#completed || (flaw('seeds-complete') && this.#client.store?.isComplete === true)))
        void this.#everyTier('completed');
      this.hasStarted = true;
      this.#client.announced(answer.peers);
      waitS = flaw('believes-intervals')
        ? Math.max(0.05, Math.min(answer.intervalS, 1))
        : Math.max(60, Math.min(answer.intervalS, 86_400));
      if (flaw('forgets-intervals')) waitS = 10;
    }
    const next = flaw('always-started')
      ? 'started'
      : flaw('hammers') || (event !== 'completed' && !this.hasStarted)
        ? event
        : '';
    if (this.#tiers.flat().every((url) => this.#gone.has(url))) return;
    this.#timer = setTimeout(
      () => void this.#round(next),
      flaw('hammers') || flaw('always-started') ? 10 : this.#client.ms(waitS * 1_000),
    );
  }

  /** BEP 12: the first that answers, tier by tier. */
  async #everyTier(event: string): Promise<Answer | undefined> {
    const { flaw } = this.#client;
    let first: Answer | undefined;
    for (const tier of this.#tiers) {
      for (const url of flaw('first-of-tier') ? tier.slice(0, 1) : tier) {
        if (this.#gone.has(url)) continue;
        const answer = await (url.startsWith('udp:') ? this.#udp(url, event) : this.#http(url, event));
        first ??= answer;
        if (answer !== undefined && !flaw('all-tiers')) return answer;
      }
      if (flaw('first-tier')) return first;
    }
    return first;
  }

  #query(event: string): string {
    const { client, flaw } = { client: this.#client, flaw: this.#client.flaw };
    const escaped = (bytes: Uint8Array): string =>
      [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    const id = flaw('other-peer-id') ? Buffer.from('-MC0001-somebodyelse') : client.peerId;
    const hash = flaw('hex-hash') ? client.infoHash.map((byte) => byte ^ 1) : client.infoHash;
    const fields: Record<string, string | number | undefined> = {
      port: flaw('no-port') ? 1 : client.port,
      uploaded: flaw('wrong-uploaded') ? 50_000 : client.uploaded,
      downloaded: flaw('wrong-downloaded') ? 5 : client.downloaded,
      left: flaw('wrong-left') ? 5 : (client.store?.left ?? 16_384),
      compact: flaw('not-compact') ? undefined : 1,
      event: event === '' ? undefined : event,
      key: flaw('many-keys') ? Math.floor(Math.random() * 1e6) : this.#key,
    };
    const rest = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    return [`info_hash=${escaped(hash)}`, `peer_id=${escaped(id)}`, ...rest].join('&');
  }

  async #http(url: string, event: string): Promise<Answer | undefined> {
    const trackerId = this.#ids.get(url);
    const own =
      trackerId === undefined || this.#client.flaw('forgets-tracker-id')
        ? ''
        : `&trackerid=${encodeURIComponent(trackerId)}`;
    let target = `${url}?${this.#query(event)}${own}`;
    for (let hop = 0; hop < 5; hop++) {
      const found = await this.#fetch(target);
      if (found === undefined) return this.#fail('no-answer');
      if (
        found.status >= 300 &&
        found.status < 400 &&
        found.location !== undefined &&
        !this.#client.flaw('ignores-redirects')
      ) {
        this.#client.odd('redirect');
        if (!found.location.startsWith('http:')) return this.#fail('bad-redirect');
        target = found.location;
        continue;
      }
      if (found.status !== 200) return this.#fail(`status-${found.status}`);
      return this.#answer(url, found.body);
    }
    return this.#fail('redirect-loop');
  }

  #fail(kind: string): undefined {
    if (!this.#isOver) this.#client.odd(kind);
    return undefined;
  }

  #answer(url: string, body: Uint8Array): Answer | undefined {
    const { flaw } = this.#client;
    const values = readDict(body);
    if (values === undefined) return this.#fail(`${shapeOf(body)}-body`);
    const keys = [...values.keys()];
    if (keys.some((name, i) => i > 0 && name <= keys[i - 1]!)) this.#client.odd('unsorted-body');
    const first = `${keys[0]?.length}:${keys[0]}`;
    if (Buffer.from(body).toString('latin1').split(first).length > 2) this.#client.odd('doubled-key');
    const id = values.get('tracker id');
    if (typeof id === 'string') this.#ids.set(url, id);
    if (values.has('warning message')) this.#client.odd('warning');
    if (values.has('failure reason')) {
      this.#client.odd(`failure${values.has('retry in') ? '-for-ever' : values.has('peers') ? '-with-peers' : ''}`);
      if (values.get('retry in') === 'never' && !flaw('ignores-never')) this.#gone.add(url);
      if (!flaw('peers-win')) return undefined;
    }
    const interval = values.get('interval');
    if (typeof interval !== 'number' || interval < 60 || interval > 86_400) this.#client.odd('bad-interval');
    const peers = this.#peersOf(values.get('peers'));
    return { peers, intervalS: typeof interval === 'number' ? interval : flaw('believes-intervals') ? 0 : 1_800 };
  }

  #peersOf(peers: Read | undefined): Answer['peers'] {
    const { flaw } = this.#client;
    if (typeof peers === 'string' && !flaw('no-compact-peers')) {
      const bytes = Buffer.from(peers, 'latin1');
      if (bytes.length % 6 !== 0) this.#client.odd('cut-peers');
      const found: { address: string }[] = [];
      for (let at = 0; at + 6 <= bytes.length; at += 6)
        found.push({ address: `${[...bytes.subarray(at, at + 4)].join('.')}:${bytes.readUInt16BE(at + 4)}` });
      this.#judge(found.map(({ address }) => address));
      return found.filter(({ address }) => !/:0$|^(0|22[4-9]|2[3-5]\d)\./.test(address));
    }
    if (Array.isArray(peers) && !flaw('no-dictionary-peers')) {
      return (peers as readonly Read[]).flatMap((peer) => {
        if (!(peer instanceof Map) || typeof peer.get('ip') !== 'string' || typeof peer.get('port') !== 'number') {
          this.#client.odd('junk-peer');
          return [];
        }
        const id = peer.get('peer id');
        return [
          {
            address: `${String(peer.get('ip'))}:${String(peer.get('port'))}`,
            ...(typeof id === 'string' ? { peerId: id } : {}),
          },
        ];
      });
    }
    if (peers === undefined) this.#client.odd('no-peers');
    return [];
  }

  #judge(addresses: readonly string[]): void {
    if (addresses.length > 1_000) this.#client.odd('many-peers');
    if (new Set(addresses).size * 100 < addresses.length) this.#client.odd('copies-of-peers');
    for (const address of addresses) {
      if (/:0$|^(0|22[4-9]|2[3-5]\d)\./.test(address)) this.#client.odd('bad-address');
      if (address === `127.0.0.1:${this.#client.port}`) this.#client.odd('own-address');
    }
  }

  /** Bounded in bytes and time, whatever the server does. */
  #fetch(url: string): Promise<{ status: number; location: string | undefined; body: Uint8Array } | undefined> {
    return new Promise((resolve) => {
      let isDone = false;
      const done = (
        found: { status: number; location: string | undefined; body: Uint8Array } | undefined,
        why = '',
      ): void => {
        if (isDone) return;
        isDone = true;
        clearTimeout(timer);
        if (why !== '') this.#fail(why);
        request.destroy();
        resolve(found);
      };
      const timer = setTimeout(() => {
        if (!this.#client.flaw('waits-for-trackers')) done(undefined, 'slow');
      }, this.#client.ms(10_000));
      const request = get(
        url,
        { signal: this.#aborts.signal, headers: { 'accept-encoding': 'gzip' }, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          let length = 0;
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            length += chunk.length;
            if (length > BODY_BYTES_MAX)
              done(undefined, response.headers['content-length'] === undefined ? 'endless-body' : 'long-body');
          });
          response.on('error', () => done(undefined, 'broken-body'));
          response.on('end', () => {
            const raw = Buffer.concat(chunks);
            const isZipped = response.headers['content-encoding'] === 'gzip' && !this.#client.flaw('no-gzip');
            try {
              const body = isZipped ? gunzipSync(raw, { maxOutputLength: BODY_BYTES_MAX }) : raw;
              done({ status: response.statusCode ?? 0, location: response.headers.location, body });
            } catch (error) {
              done(undefined, `gzip-${codeOf(error)}`);
            }
          });
        },
      );
      request.on('error', (error) => done(undefined, `broken-${codeOf(error)}`));
    });
  }

  /** BEP 15. */
  async #udp(url: string, event: string): Promise<Answer | undefined> {
    const { hostname, port } = new URL(url);
    const socket = createSocket('udp4');
    this.#sockets.add(socket);
    try {
      const connected = await this.#exchange(
        socket,
        Number(port),
        hostname,
        (transaction) => words(0x417, 0x27101980, 0, transaction),
        0,
      );
      if (connected === undefined || connected.length < 16) return this.#fail('no-datagram');
      const id = connected.subarray(8, 16);
      if (this.#client.flaw('udp-without-id')) id.fill(0);
      const answered = await this.#exchange(
        socket,
        Number(port),
        hostname,
        (transaction) => this.#announcement(id, transaction, event),
        1,
      );
      if (answered === undefined || answered.length < 20) return this.#fail('no-datagram');
      const peers = this.#peersOf(answered.toString('latin1', 20));
      return { peers: this.#client.flaw('udp-without-peers') ? [] : peers, intervalS: answered.readUInt32BE(8) };
    } finally {
      if (this.#sockets.delete(socket)) socket.close();
    }
  }

  #announcement(id: Buffer, transaction: number, event: string): Buffer {
    const client = this.#client;
    const numbers = Buffer.alloc(42);
    numbers.writeBigUInt64BE(BigInt(client.downloaded), 0);
    numbers.writeBigUInt64BE(BigInt(client.store?.left ?? 16_384), 8);
    numbers.writeBigUInt64BE(BigInt(client.uploaded), 16);
    numbers.writeUInt32BE({ completed: 1, started: 2, stopped: 3 }[event] ?? 0, 24);
    numbers.writeUInt32BE(this.#key, 32);
    numbers.writeInt32BE(-1, 36);
    numbers.writeUInt16BE(client.port, 40);
    return Buffer.concat([id, words(1, transaction), client.infoHash, client.peerId, numbers]);
  }

  /** Sent again after 15 s, 30 s …; only the answer to this very question counts. */
  #exchange(
    socket: Socket,
    port: number,
    host: string,
    make: (transaction: number) => Buffer,
    action: number,
  ): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const transaction = Math.floor(Math.random() * 0xffff_ffff);
      this.#transactions.add(transaction);
      let tries = 0;
      let timer: NodeJS.Timeout | undefined;
      const finish = (answer: Buffer | undefined): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      const send = (): void => {
        if (this.#isOver && tries > 0) {
          finish(undefined);
          return;
        }
        socket.send(make(transaction), port, host, () => undefined);
        if (this.#client.flaw('udp-once')) return;
        const waitMs = this.#client.flaw('udp-hammers') ? 200 : 15_000 * 2 ** tries;
        timer = setTimeout(send, this.#client.ms(waitMs));
        tries++;
      };
      socket.removeAllListeners('message');
      socket.on('message', (message, from) => {
        if (from.port !== port) return this.#fail('other-port');
        if (++this.#datagrams === 50) this.#client.odd('stray-datagrams');
        if (message.length < 8) return this.#fail(message.length === 0 ? 'empty-datagram' : 'short-datagram');
        const answered = message.readUInt32BE(4);
        if (answered !== transaction && !this.#client.flaw('any-transaction')) {
          return this.#fail(this.#transactions.has(answered) ? 'datagram-again' : 'wrong-transaction');
        }
        if (message.readUInt32BE(0) === 3) {
          this.#fail('udp-error');
          return finish(undefined);
        }
        if (message.readUInt32BE(0) !== action) return this.#fail('wrong-action');
        finish(message);
        // What comes once more belongs to nobody.
        socket.removeAllListeners('message');
        socket.on('message', () => this.#fail('stray-datagram'));
      });
      socket.on('error', () => finish(undefined));
      socket.on('close', () => finish(undefined));
      send();
    });
  }
}

function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * i);
  return bytes;
}

/** What a body that cannot be read looks like. */
function shapeOf(body: Uint8Array): string {
  const text = Buffer.from(body).toString('latin1');
  if (text === '') return 'empty';
  if (text.startsWith('<')) return 'html';
  if (text.includes('l'.repeat(1_000))) return 'deep';
  return text.startsWith('d') ? 'cut' : 'flipped';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'error';
}
