import { LIMITS } from './limits.js';

/**
 * Who has connected and not yet said which torrent is meant. Their number is bounded, and a flood pushes out itself: the
 * oldest one goes, of the host that has most.
 */
export class Strangers<Key> {
  readonly #max: number;
  /** In the order in which they came, so that the first is the first to be late. */
  readonly #all = new Map<Key, { readonly host: string; readonly endMs: number }>();
  readonly #byHost = new Map<string, Set<Key>>();

  constructor(max: number = LIMITS.strangersMax) {
    this.#max = max;
  }

  get count(): number {
    return this.#all.size;
  }

  /** When the next one has had its time. */
  get deadlineMs(): number | undefined {
    const [oldest] = this.#all.values();
    return oldest?.endMs;
  }

  /** Takes one in; answers who has to go for it. */
  arrived(key: Key, host: string, nowMs: number): Key | undefined {
    const victim = this.#all.size < this.#max ? undefined : this.#oldestOfMany();
    if (victim !== undefined) this.left(victim);
    this.#all.set(key, { host, endMs: nowMs + LIMITS.handshakeTimeoutMs });
    const keys = this.#byHost.get(host) ?? new Set();
    keys.add(key);
    this.#byHost.set(host, keys);
    return victim;
  }

  /** It has spoken, or gone. */
  left(key: Key): void {
    const stranger = this.#all.get(key);
    if (stranger === undefined) return;
    this.#all.delete(key);
    const keys = this.#byHost.get(stranger.host)!;
    keys.delete(key);
    if (keys.size === 0) this.#byHost.delete(stranger.host);
  }

  /** Forgets who has had its time, and tells who that was. */
  takeLate(nowMs: number): readonly Key[] {
    const late: Key[] = [];
    for (const [key, { endMs }] of this.#all) {
      if (endMs > nowMs) break;
      late.push(key);
    }
    for (const key of late) this.left(key);
    return late;
  }

  #oldestOfMany(): Key | undefined {
    let most: Set<Key> | undefined;
    for (const keys of this.#byHost.values()) if (most === undefined || keys.size > most.size) most = keys;
    const [oldest] = most ?? [];
    return oldest;
  }
}
