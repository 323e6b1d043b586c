import { type AnnounceAction, type AnnouncerEvent, TrackerError } from '@unchoke/tracker';
import { performAnnounce, type UdpTransport } from '@unchoke/tracker/node';

/** Who announces: what does not change from one announce to the next. */
export interface Announcing {
  /** 20 bytes, as on the wire. */
  readonly infoHash: Uint8Array;
  readonly peerId: Uint8Array;
  readonly port: number;
  /** Sockets and connection ids, shared by all torrents of a client. */
  readonly udp: UdpTransport;
}

/** Who the announces are made for at the moment. */
export interface Announced {
  readonly totals: () => { readonly uploaded: number; readonly downloaded: number; readonly left: number };
  readonly answered: (event: AnnouncerEvent) => void;
}

/** The announces of one torrent that are under way. When a magnet link becomes a torrent, they go on for that one. */
export class Announces {
  readonly #announcing: Announcing;
  readonly #running = new Map<number, AbortController>();
  #client: Announced | undefined;

  constructor(announcing: Announcing) {
    this.#announcing = announcing;
  }

  serve(client: Announced): void {
    this.#client = client;
  }

  async announce(action: AnnounceAction): Promise<void> {
    const abort = new AbortController();
    this.#running.set(action.exchange, abort);
    const { udp, ...who } = this.#announcing;
    const { uploaded = 0, downloaded = 0, left = 1 } = this.#client?.totals() ?? {};
    const totals = { ...who, uploaded, downloaded, left };
    try {
      this.#client?.answered(await performAnnounce(action, totals, { signal: abort.signal, udp }));
    } catch (error) {
      // What cannot be announced at all: a mistake of ours must not end the program, nor leave the announcer waiting.
      const problem = new TrackerError('bad-field', String(error), { cause: error });
      this.#client?.answered({ type: 'announce-failed', exchange: action.exchange, problem });
    } finally {
      this.#running.delete(action.exchange);
    }
  }

  cancel(exchange: number): void {
    this.#running.get(exchange)?.abort();
  }

  close(): void {
    for (const abort of this.#running.values()) abort.abort();
  }
}
