import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AddOptions, Client, type ClientTorrent } from '@unchoke/client/node';
import type { Metainfo } from '@unchoke/metainfo';
import { type CreateOptions, createTorrent } from '@unchoke/metainfo/node';
import { type MockTracker, type MockTrackerOptions, startMockTracker } from '@unchoke/mock-tracker';
import { type Content, lay, NAME } from './content.js';
import { freePort, type Host, kill, OURS, otherHost } from './host.js';
import { untilServing } from './readiness.js';
import type { Stranger } from './strangers/stranger.js';

export interface StagedTorrent {
  readonly path: string;
  readonly metainfo: Metainfo;
  /** A folder with all of it. */
  readonly full: string;
}

export interface Actor {
  readonly host: Host;
  readonly address: string;
  readonly port: number;
  readonly folder: string;
  readonly program: ChildProcess;
}

/** Everything that a test puts up, and that is gone after it. */
export class Stage {
  readonly folder: string;
  readonly #ends: (() => Promise<unknown>)[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A test with a stage of its own, so that tests can run side by side. */
  static with(play: (stage: Stage) => Promise<void>): () => Promise<void> {
    return async () => {
      const stage = new Stage(await mkdtemp(join(tmpdir(), 'unchoke-interop-')));
      try {
        await play(stage);
      } finally {
        await stage.close();
      }
    };
  }

  private async close(): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    await rm(this.folder, { recursive: true, force: true });
  }

  after(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async tracker(options: MockTrackerOptions = {}): Promise<MockTracker> {
    const tracker = await startMockTracker({ host: OURS.address, intervalS: 2, peerLifeMs: 600_000, ...options });
    this.after(() => tracker.close());
    return tracker;
  }

  async newFolder(): Promise<string> {
    return mkdtemp(join(this.folder, 'folder-'));
  }

  async torrent(content: Content, trackers: readonly string[], options: CreateOptions = {}): Promise<StagedTorrent> {
    const full = await this.newFolder();
    await lay(full, content);
    const trackerTiers = trackers.map((url) => [url]);
    const { bytes, metainfo } = await createTorrent(join(full, NAME), {
      pieceLength: 65_536,
      trackerTiers,
      ...options,
    });
    const path = join(await this.newFolder(), 'wanted.torrent');
    await writeFile(path, bytes);
    return { path, metainfo, full };
  }

  /** A client of ours; it has all that is in the folder. */
  async ours(torrent: StagedTorrent, folder: string, options: Partial<AddOptions> & Part = {}): Promise<ClientTorrent> {
    const { isIPv6 = false, ...more } = options;
    const client = new Client({ bind: isIPv6 ? OURS.address6 : OURS.address });
    this.after(() => client.close());
    return client.add(torrent.path, { path: folder, ...more });
  }

  /** A stranger that has all of the torrent, once it serves it. */
  async seed(stranger: Stranger, torrent: StagedTorrent, more: Part = {}): Promise<Actor> {
    return this.holder(stranger, torrent, torrent.full, torrent.metainfo.pieceCount, more);
  }

  /** A stranger that has some of the torrent already. */
  async holder(
    stranger: Stranger,
    torrent: StagedTorrent,
    folder: string,
    pieces: number,
    more: Part = {},
  ): Promise<Actor> {
    const actor = await this.start(stranger, torrent, folder, more);
    await untilServing(actor.address, actor.port, torrent.metainfo, pieces);
    return actor;
  }

  async start(
    stranger: Stranger,
    torrent: Pick<StagedTorrent, 'path'> & { readonly magnet?: string },
    folder: string,
    { host = otherHost(), isIPv6 = false, port: asked }: Part = {},
  ): Promise<Actor> {
    const scratch = await mkdtemp(join(this.folder, `${stranger.name}-`));
    await mkdir(folder, { recursive: true });
    const port = asked ?? (await freePort());
    const address = isIPv6 ? host.address6 : host.address;
    const program = await stranger.start({ host, port, address, torrent, folder, scratch });
    this.after(() => kill(program));
    return { host, address, port, folder, program };
  }
}

interface Part {
  /** Where it runs; another host each time without it. */
  readonly host?: Host;
  readonly isIPv6?: boolean;
  /** A free one without it. */
  readonly port?: number;
}

/** Looks again until it is so; the test's own time is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}
