import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AnnounceRequest,
  encodeAnnounceReply,
  encodeScrapeReply,
  PeerList,
  parseAnnounceQuery,
  parseScrapeQuery,
} from '@unchoke/tracker';

/** As much of a tracker as the command needs: it remembers announces, and names the peers that it was told to name. */
export class SmallTracker {
  readonly announces: AnnounceRequest[] = [];
  /** What it serves besides, by path; what is below /late/ is not there for the moment. */
  readonly files: Map<string, Uint8Array> = new Map();
  readonly #server: Server;
  /** 6 bytes each. */
  peers = new Uint8Array(0);
  /** Answers nothing any more. */
  isSilent = false;
  #onAnnounce: () => void = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      if (path === '/announce') this.announces.push(parseAnnounceQuery(query));
      this.#onAnnounce();
      if (this.isSilent) return;
      if (path === '/announce') response.end(encodeAnnounceReply(this.#reply()));
      else if (path === '/scrape') response.end(this.#scraped(query));
      else if (path === '/refuse/announce')
        response.end(encodeAnnounceReply({ type: 'failure', reason: 'go away\u001b[2J' }));
      else if (this.files.has(path)) response.end(this.files.get(path));
      else response.writeHead(path.startsWith('/late/') ? 503 : 404).end();
    });
  }

  static async open(): Promise<SmallTracker> {
    const tracker = new SmallTracker();
    await new Promise<void>((resolve) => tracker.#server.listen(0, '127.0.0.1', resolve));
    return tracker;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.origin}/announce`;
  }

  /** Settles once somebody has announced this. */
  async announced(event: string): Promise<void> {
    while (!this.announces.some((announce) => announce.event === event)) {
      await new Promise<void>((resolve) => {
        this.#onAnnounce = resolve;
      });
    }
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #reply(): Parameters<typeof encodeAnnounceReply>[0] {
    return {
      type: 'peers',
      intervalS: 1800,
      minIntervalS: 60,
      complete: 3,
      incomplete: 4,
      downloaded: 5,
      externalIp: '192.0.2.9',
      warning: 'a warning\u001b[31m',
      peers: PeerList.fromCompact(this.peers, 4),
    };
  }

  #scraped(query: string): Uint8Array {
    const swarms = parseScrapeQuery(query).map((infoHash) => ({ infoHash, complete: 6, incomplete: 7, downloaded: 8 }));
    return encodeScrapeReply({ type: 'swarms', swarms });
  }
}
