import type { PeerAddress } from '../events.js';
import { type Announcement, announce } from './tracker.js';

/** What an announcer hears from and tells its peer. */
export interface AnnouncerHost {
  announcement(): Omit<Announcement, 'event'>;
  answered(peers: readonly PeerAddress[]): void;
  failed(reason: string): void;
}

/** Keeps one tracker informed: started, every interval, completed, stopped. */
export class Announcer {
  readonly #url: string;
  readonly #host: AnnouncerHost;
  readonly #aborter = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(url: string, host: AnnouncerHost) {
    this.#url = url;
    this.#host = host;
  }

  /** Announces now, and again when the tracker wants it. */
  async tell(event?: 'started' | 'completed'): Promise<void> {
    clearTimeout(this.#timer);
    let intervalS = RETRY_S;
    try {
      const announcement = { ...this.#host.announcement(), ...(event === undefined ? {} : { event }) };
      const answer = await announce(this.#url, announcement, this.#aborter.signal);
      intervalS = Math.min(Math.max(answer.intervalS, INTERVAL_MIN_S), INTERVAL_MAX_S);
      this.#host.answered(answer.peers);
    } catch (error) {
      if (this.#aborter.signal.aborted) return;
      this.#host.failed((error as Error).message);
    }
    clearTimeout(this.#timer);
    if (!this.#aborter.signal.aborted) this.#timer = setTimeout(() => void this.tell(), intervalS * 1000);
  }

  /** Says `stopped`, without insisting. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#aborter.abort();
    const farewell: Announcement = { ...this.#host.announcement(), event: 'stopped' };
    await announce(this.#url, farewell, AbortSignal.timeout(FAREWELL_MS)).catch((error: Error) => {
      this.#host.failed(error.message);
    });
  }
}

const RETRY_S = 30;
const INTERVAL_MIN_S = 1;
const INTERVAL_MAX_S = 24 * 3600;
const FAREWELL_MS = 2_000;
