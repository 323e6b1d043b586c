import { createServer, type Server } from 'node:http';

interface Peer {
  readonly port: number;
  readonly isSeed: boolean;
}

/** A tracker that names everybody to everybody, and says who has come. Ports are unique here, and tell addresses. */
export class Tracker {
  readonly #server: Server;
  readonly #swarms = new Map<string, Map<number, Peer>>();
  readonly #addressOf: (port: number) => string;
  readonly #waiting = new Set<() => void>();

  private constructor(addressOf: (port: number) => string) {
    this.#addressOf = addressOf;
    this.#server = createServer((request, response) => {
      // Scrapes are no peers.
      if (!request.url!.startsWith('/announce')) return void response.writeHead(404).end();
      response.end(this.#answer(new URLSearchParams(request.url!.split('?')[1] ?? '')));
    });
    this.#server.keepAliveTimeout = 1;
  }

  static async open(address: string, port: number, addressOf: (port: number) => string): Promise<Tracker> {
    const tracker = new Tracker(addressOf);
    await new Promise<void>((resolve, reject) => {
      tracker.#server.once('error', reject);
      tracker.#server.listen(port, address, resolve);
    });
    return tracker;
  }

  /** Forgets all peers: a new run begins. */
  clear(): void {
    this.#swarms.clear();
  }

  /** Settles when so many seeds have come, over all torrents. */
  async seedsCame(ports: readonly number[]): Promise<void> {
    const isHere = (port: number) => [...this.#swarms.values()].some((swarm) => swarm.get(port)?.isSeed === true);
    while (!ports.every(isHere)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(query: URLSearchParams): Buffer {
    const port = Number(query.get('port'));
    // Decoding bytes as UTF-8 loses some, but two torrents of a run do not become one by it.
    const swarm = this.#swarms.get(query.get('info_hash') ?? '') ?? new Map<number, Peer>();
    this.#swarms.set(query.get('info_hash') ?? '', swarm);
    const others = [...swarm.values()].filter((peer) => peer.port !== port);
    if (query.get('event') === 'stopped') swarm.delete(port);
    else swarm.set(port, { port, isSeed: query.get('left') === '0' });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
    const peers = Buffer.concat(others.map((peer) => this.#compact(peer)));
    return Buffer.concat([Buffer.from(`d8:intervali1800e5:peers${peers.length}:`), peers, Buffer.from('e')]);
  }

  #compact({ port }: Peer): Buffer {
    const address = this.#addressOf(port).split('.').map(Number);
    return Buffer.from([...address, port >> 8, port & 255]);
  }
}
