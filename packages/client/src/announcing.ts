import {
  type AnnounceEvent,
  Announcer,
  type AnnouncerAction,
  type AnnouncerEvent,
  redactTrackerUrl,
  type TrackerStatus,
} from '@unchoke/tracker';
import type { Connections } from './connections.js';
import type { Scene } from './scene.js';
import type { TorrentOptions } from './torrent-options.js';

/** The trackers, and what becomes of their answers. */
export class Announcing {
  readonly #scene: Scene;
  readonly #connections: Connections;
  readonly #announcer: Announcer;

  constructor(scene: Scene, connections: Connections, { announcer, startedAnnouncer }: TorrentOptions) {
    this.#scene = scene;
    this.#connections = connections;
    this.#announcer = startedAnnouncer ?? new Announcer({ ...announcer, randomBelow: scene.randomBelow });
  }

  /** For people to look at: without passkeys. */
  get trackers(): readonly TrackerStatus[] {
    return this.#announcer.trackers.map((tracker) => ({ ...tracker, url: redactTrackerUrl(tracker.url) }));
  }

  get deadlineMs(): number | undefined {
    return this.#announcer.deadlineMs;
  }

  handle(event: AnnouncerEvent): void {
    for (const action of this.#announcer.handle(event, this.#scene.nowMs)) this.#follow(action);
  }

  /** BEP 21: who has all it wants, but not everything, says `paused` in every announce that has nothing else to say. */
  #isPartialSeed({ event }: { readonly event?: AnnounceEvent }): boolean {
    const { picker } = this.#scene;
    return event === undefined && picker.isComplete && !picker.have.isFull;
  }

  #follow(action: AnnouncerAction): void {
    switch (action.type) {
      case 'announce':
        this.#scene.do({
          type: 'announce',
          announce: this.#isPartialSeed(action) ? { ...action, event: 'paused' } : action,
        });
        break;
      case 'cancel-announce':
        this.#scene.do(action);
        break;
      case 'add-peers':
        this.#connections.learn(action.peers);
        break;
      case 'drop-peers':
        // BEP 27: whoever the former tracker named has to go.
        for (const peer of this.#scene.peers.values()) this.#scene.doom(peer, 'tracker-changed', '');
        break;
      case 'report-tracker':
        this.#scene.notify({ type: 'tracker-reported', url: redactTrackerUrl(action.url), problem: action.problem });
        break;
      case 'finish-stopping':
        this.#scene.notify({ type: 'torrent-stopped', unreachedTrackers: action.unreachedCount });
        break;
      default:
        action satisfies never;
    }
  }
}
