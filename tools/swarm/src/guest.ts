import type { ChildProcess } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, kill, LOOPBACK, STRANGERS } from '@unchoke/interop';
import type { Content } from '@unchoke/mock-peer';
import { firstDifference } from './truth.js';

const LOOK_MS = 500;

/** A program of other people in the swarm, as a leech. All that is known of it is what it has on disk. */
export class Guest {
  readonly name: string;
  readonly #path: string;
  readonly #content: Content;
  readonly #program: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  completedMs: number | undefined;

  private constructor(name: string, path: string, content: Content, program: ChildProcess, elapsedMs: () => number) {
    this.name = name;
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
      throw new Error(`${wanted} is not on this machine; known are ${STRANGERS.map((one) => one.name).join(', ')}`);
    }
    const folder = join(scratch, 'data');
    mkdirSync(folder, { recursive: true });
    const { address } = LOOPBACK;
    const errand = { host: LOOPBACK, address, port: await freePort(), torrent, folder, scratch };
    const program = await stranger.start(errand);
    return new Guest(name, join(folder, torrent.fileName), torrent.content, program, elapsedMs);
  }

  /** Bytes of the file so far, which may have holes. */
  get bytesOnDisk(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await kill(this.#program);
  }

  async #look(elapsedMs: () => number): Promise<void> {
    if (this.completedMs !== undefined || this.bytesOnDisk < this.#content.length) return;
    const difference = await firstDifference(this.#path, this.#content).catch(() => 0);
    if (difference === undefined) this.completedMs ??= elapsedMs();
  }
}
