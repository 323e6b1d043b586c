import type { ChildProcess } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, kill, LOOPBACK, STRANGERS } from '@unchoke/interop';
import type { Content } from '@unchoke/mock-peer';
import { ScenarioError } from './scenario.js';
import { firstDifference } from './truth.js';

const LOOK_MS = 500;
/** What `stat` counts in. */
const BLOCK_BYTES = 512;

/** A program of other people in the swarm, as a leech. All that is known of it is what it has on disk. */
export class Guest {
  readonly name: string;
  readonly port: number;
  readonly peerIdPrefix: string;
  readonly #path: string;
  readonly #content: Content;
  readonly #program: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  completedMs: number | undefined;

  private constructor(
    known: { readonly name: string; readonly port: number; readonly peerIdPrefix: string },
    path: string,
    content: Content,
    program: ChildProcess,
    elapsedMs: () => number,
  ) {
    this.name = known.name;
    this.port = known.port;
    this.peerIdPrefix = known.peerIdPrefix;
    this.#path = path;
    this.#content = content;
    this.#program = program;
    this.#timer = setInterval(() => void this.#look(elapsedMs), LOOK_MS);
  }

  /** Those that are on this machine. */
  static get installed(): readonly string[] {
    return STRANGERS.filter(({ isInstalled }) => isInstalled).map(({ name }) => name);
  }

  /** @throws when there is no such program, or it is not installed. */
  static async start(
    { name, program: wanted }: { readonly name: string; readonly program: string },
    torrent: { readonly path: string; readonly fileName: string; readonly content: Content },
    scratch: string,
    elapsedMs: () => number,
  ): Promise<Guest> {
    const stranger = STRANGERS.find((one) => one.name === wanted);
    if (stranger?.isInstalled !== true) {
      throw new ScenarioError(
        `${wanted} is not on this machine; known are ${STRANGERS.map((one) => one.name).join(', ')}`,
      );
    }
    const folder = join(scratch, 'data');
    mkdirSync(folder, { recursive: true });
    const { address } = LOOPBACK;
    const port = await freePort();
    const program = await stranger.start({ host: LOOPBACK, address, port, torrent, folder, scratch });
    const { peerIdPrefix } = stranger;
    const path = join(folder, torrent.fileName);
    return new Guest({ name, port, peerIdPrefix }, path, torrent.content, program, elapsedMs);
  }

  /** What the file really takes up: most programs give it its whole length at once, with holes. */
  get bytesOnDisk(): number {
    const file = statSync(this.#path, { throwIfNoEntry: false });
    return file === undefined ? 0 : Math.min(file.size, file.blocks * BLOCK_BYTES);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await kill(this.#program);
  }

  #hasLength(): boolean {
    return statSync(this.#path, { throwIfNoEntry: false })?.size === this.#content.length;
  }

  async #look(elapsedMs: () => number): Promise<void> {
    if (this.completedMs !== undefined || !this.#hasLength()) return;
    const difference = await firstDifference(this.#path, this.#content).catch(() => 0);
    if (difference === undefined) this.completedMs ??= elapsedMs();
  }
}
