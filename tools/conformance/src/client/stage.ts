import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Exchange,
  type MockTracker,
  type MockTrackerOptions,
  startMockTracker,
  type TrackerScenario,
} from '@unchoke/mock-tracker';
import type { Kit } from '../case.js';
import { Ending, fail, notApplicable, notStarted } from '../errors.js';
import { CLOSE_MS } from '../limits.js';
import { Actor, type ActorPlan } from './actor.js';
import { isOnDisk, piecesOnDisk, putOnDisk } from './disk.js';
import { freePort } from './free-port.js';
import { type Greeting, greet, isListening } from './greeting.js';
import type { ClientSubject, Exit, Job, RunningClient } from './subject.js';
import { type TestTorrent, type TorrentPlan, testTorrent } from './torrent.js';

/** What stands on the stage before the subject comes. */
export interface StagePlan {
  readonly torrent?: TorrentPlan;
  /** How the tracker behaves; by default it knows nobody, so that a case alone decides who meets whom. */
  readonly scenario?: TrackerScenario;
  /** Which of its two protocols the torrent names. Default http. */
  readonly announce?: 'http' | 'udp';
  readonly tracker?: MockTrackerOptions;
  /** More trackers, by how they behave. */
  readonly others?: readonly TrackerScenario[];
  /** An announce-list out of the announce URLs: the first tracker's, then those of the others. */
  readonly tiers?: (urls: readonly string[]) => readonly (readonly string[])[];
}

/** One case on the go: a torrent, a tracker, mock peers, and the subject among them. */
export class Stage {
  readonly kit: Kit;
  readonly subject: ClientSubject;
  readonly torrent: TestTorrent;
  readonly tracker: MockTracker;
  readonly others: readonly MockTracker[];
  readonly out: string;
  readonly torrentPath: string;
  readonly actors: Actor[] = [];
  port = 0;
  running: RunningClient | undefined;
  exit: Exit | undefined;
  greeting: Greeting | undefined;
  readonly #announceUrl: string;
  readonly #waiters = new Set<() => void>();
  #isAsked = false;
  #mayRefuse = false;
  #hosts = 1;
  #isComplete = false;
  #lookedMs = -Infinity;

  private constructor(
    kit: Kit,
    subject: ClientSubject,
    [tracker, ...others]: readonly MockTracker[],
    url: string,
    torrent: TestTorrent,
  ) {
    this.kit = kit;
    this.subject = subject;
    this.tracker = tracker!;
    this.others = others;
    this.#announceUrl = url;
    this.torrent = torrent;
    this.out = join(kit.folder, 'run', 'out');
    this.torrentPath = join(kit.folder, 'run', 'wanted.torrent');
  }

  static async set(subject: ClientSubject, kit: Kit, plan: StagePlan = {}): Promise<Stage> {
    const waiting: { stage?: Stage } = {};
    const trackers: MockTracker[] = [];
    for (const [i, scenario] of [plan.scenario ?? NOBODY, ...(plan.others ?? [])].entries()) {
      const onExchange = (exchange: Exchange): void => {
        kit.log({ tracker: i, ...exchange });
        waiting.stage?.happened();
      };
      const tracker = await startMockTracker({ seed: kit.seed, scenario, ...plan.tracker, onExchange });
      kit.onClose(() => tracker.close());
      trackers.push(tracker);
    }
    const urls = trackers.map((tracker) => (plan.announce === 'udp' ? tracker.udpUrl : tracker.announceUrl));
    const root = { ...plan.torrent?.root, ...(plan.tiers === undefined ? {} : { 'announce-list': plan.tiers(urls) }) };
    const torrent = testTorrent({ ...plan.torrent, root }, urls[0]!, kit.seed);
    const stage = new Stage(kit, subject, trackers, urls[0]!, torrent);
    waiting.stage = stage;
    mkdirSync(stage.out, { recursive: true });
    mkdirSync(join(kit.folder, 'run', 'state'));
    writeFileSync(stage.torrentPath, torrent.file);
    const poll = setInterval(() => stage.happened(), DISK_POLL_MS);
    kit.onClose(() => clearInterval(poll));
    return stage;
  }

  /** A peer that has everything. Every actor has an address of its own; an honest one comes back when it is sent away. */
  async seed(plan: ActorPlan = {}): Promise<Actor> {
    const honest = { dial: { redialAfterMs: REDIAL_MS }, rules: [] };
    return await this.#actor({ role: 'seed', content: this.torrent.content, behaviour: honest, ...plan });
  }

  async leech(plan: ActorPlan = {}): Promise<Actor> {
    return await this.#actor({ role: 'leech', ...plan });
  }

  /** Brings an actor to the subject: it dials, so that this also works where loopback is not dialled. */
  async meet(...actors: readonly Actor[]): Promise<void> {
    for (const actor of actors) actor.peer.dial({ host: '127.0.0.1', port: this.port });
  }

  /** From now on the tracker names these to everybody. */
  named(...actors: readonly (Actor | string)[]): TrackerScenario {
    const only = actors.map((actor) => (typeof actor === 'string' ? actor : actor.address));
    return { rules: [{ do: { reply: { interval: 1800, peers: { only } } } }] };
  }

  /** Starts the subject and waits until it answers a handshake for the torrent. */
  async start(mode: Job['mode'] = 'download', more: { peer?: string } = {}): Promise<void> {
    if (!this.subject.traits.listens) notApplicable('it does not listen on a port that can be told to it');
    await this.launch(mode, more);
    const limitMs = this.kit.ms(START_MS);
    const startedMs = performance.now();
    while (performance.now() - startedMs < limitMs) {
      // A runtime that dies of an error, or of a signal in a shell, says so with a code of 128 and more.
      if (this.exit !== undefined && (this.exit.signal !== null || (this.exit.code ?? 0) >= 128))
        fail(`its process ended at the start with ${endOf(this.exit)}: ${lastLine(this.running)}`);
      // Who was there before and does not come back has lost its way, not its program.
      if (this.exit !== undefined && this.greeting !== undefined)
        fail(`it ended with ${endOf(this.exit)} at its second start: ${lastLine(this.running)}`);
      if (this.exit !== undefined) notStarted(`it ended with ${endOf(this.exit)}: ${lastLine(this.running)}`);
      const greeting = await greet(this.port, this.torrent.mock.infoHash, this.nextHost(), START_MS / 10);
      this.greeting = greeting ?? this.greeting;
      if (greeting !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, GREET_AGAIN_MS));
    }
    if (await isListening(this.port))
      fail(`it listens and does not answer a handshake for the torrent within ${START_MS / 1000} s`);
    notStarted(
      `it did not answer a handshake on port ${this.port} within ${START_MS / 1000} s: ${lastLine(this.running)}`,
    );
  }

  /** As `start`, where it may also refuse: false when it ended by itself, not with success, and printed something. */
  async startsOrRefuses(mode: Job['mode']): Promise<boolean> {
    try {
      await this.start(mode);
      return true;
    } catch (error) {
      const isRefusal = error instanceof Ending && error.verdict.type === 'not-started';
      if (isRefusal && this.exit !== undefined && this.exit.code !== 0 && this.lastLine() !== '') return false;
      throw error;
    }
  }

  /** Puts the content on disk and starts the subject as a seed. */
  async startSeed(): Promise<void> {
    if (!this.subject.traits.seeds) notApplicable('it was not said how it is started as a seed');
    putOnDisk(this.torrent, this.out);
    await this.start('seed');
  }

  /** Starts the subject and waits for nothing. */
  async launch(mode: Job['mode'] = 'download', more: { peer?: string } = {}): Promise<void> {
    if (mode === 'magnet' && !this.subject.traits.takesMagnets)
      notApplicable('it was not said how it takes a magnet link');
    if (this.port === 0) this.port = await freePort();
    this.exit = undefined;
    this.#isAsked = this.#mayRefuse;
    const running = await this.subject.start({
      ...{ mode, torrentPath: this.torrentPath, magnet: this.magnet, out: this.out },
      ...{ data: join(this.out, this.torrent.name), state: join(this.kit.folder, 'run', 'state') },
      ...{ port: this.port, secondPort: await freePort(), tracker: this.#announceUrl, peer: more.peer ?? NOBODY_THERE },
    });
    this.running = running;
    void running.exited.then((exit) => {
      this.kit.log({ subject: 'exited', ...exit, output: running.output().slice(-4000) });
      if (this.running === running) this.exit = exit;
      this.happened();
    });
    this.kit.onClose(() => this.end());
  }

  get magnet(): string {
    const hash = Buffer.from(this.torrent.mock.infoHash).toString('hex');
    return `magnet:?xt=urn:btih:${hash}&dn=${encodeURIComponent(this.torrent.name)}&tr=${encodeURIComponent(this.#announceUrl)}`;
  }

  /** Asks it to end and waits for that. */
  async stop(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' = this.subject.endSignal ?? 'SIGTERM'): Promise<Exit> {
    this.#isAsked = true;
    this.running?.signal(name);
    const exit = await this.until(() => this.exit, EXIT_MS, `its process to end after ${name}`);
    return exit;
  }

  async stopIfRunning(): Promise<void> {
    if (this.exit === undefined) await this.stop();
  }

  /** Ends it whatever it says; part of cleaning up. */
  async end(): Promise<void> {
    const { running } = this;
    if (running === undefined || this.exit !== undefined) return;
    this.#isAsked = true;
    running.signal('SIGTERM');
    const timer = setTimeout(() => running.signal('SIGKILL'), CLOSE_MS);
    await running.exited;
    clearTimeout(timer);
  }

  /** Waits for something; fails with what was waited for, or at once when the subject's process is gone. */
  async until<T>(probe: () => T | undefined | false, withinMs: number, what: string): Promise<T> {
    const limitMs = this.kit.ms(withinMs);
    let timer: NodeJS.Timeout | undefined;
    let look: (() => void) | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        look = () => {
          try {
            const found = probe();
            if (found !== undefined && found !== false) resolve(found as T);
            else this.#judgeExit(what);
          } catch (error) {
            reject(error);
          }
        };
        this.#waiters.add(look);
        timer = setTimeout(() => {
          try {
            fail(`waited ${Math.round(withinMs / 1000)} s for ${what}, in vain`);
          } catch (error) {
            reject(error);
          }
        }, limitMs);
        look();
      });
    } finally {
      clearTimeout(timer);
      if (look !== undefined) this.#waiters.delete(look);
    }
  }

  /** Watches for some time; fails as soon as something is seen that must not be. */
  async never(probe: () => string | undefined | false, duringMs: number): Promise<void> {
    const endMs = performance.now() + this.kit.ms(duringMs);
    await this.until(
      () => {
        const seen = probe();
        if (typeof seen === 'string') fail(seen);
        const hasEnded = this.exit !== undefined && this.subject.traits.exits;
        return hasEnded || performance.now() >= endMs;
      },
      duringMs * 2 + 60_000,
      'time to pass',
    );
    this.judgeHealth();
  }

  /** Waits until every file is right on disk and the subject is unharmed. */
  async completes(withinMs: number = COMPLETE_MS): Promise<void> {
    const { pieceCount } = this.torrent.mock;
    const started = performance.now();
    while (!(await this.#isCompleteWithin(Math.min(2_000, withinMs)))) {
      if (performance.now() - started < this.kit.ms(withinMs)) continue;
      const there = piecesOnDisk(this.torrent, this.out);
      fail(
        `the download was not complete after ${Math.round(withinMs / 1000)} s: ${there} of ${pieceCount} pieces are right on disk`,
      );
    }
    this.judgeHealth();
  }

  /** Fails when the process ended badly. */
  judgeHealth(): void {
    if (this.#isAsked) return;
    if (this.exit !== undefined && (this.exit.signal !== null || this.exit.code !== 0)) {
      fail(`its process ended with ${endOf(this.exit)}: ${lastLine(this.running)}`);
    }
  }

  /** Ending is an answer, too. */
  expectAnyExit(): void {
    this.#isAsked = true;
    this.#mayRefuse = true;
  }

  /** Before the start: other bytes in the place of the torrent. */
  replaceTorrentFile(bytes: Uint8Array): void {
    writeFileSync(this.torrentPath, bytes);
  }

  /** The last line that the subject printed. */
  lastLine(): string {
    return lastLine(this.running);
  }

  isFileRight(file: TestTorrent['files'][number]): boolean {
    return isOnDisk({ ...this.torrent, files: [file] }, this.out);
  }

  /** Reading everything takes time, and this is asked whenever something happens: so not more often than it can change much. */
  get isComplete(): boolean {
    const now = performance.now();
    // Whoever has ended changes nothing any more, and is judged by what is there now.
    const isDue = this.exit !== undefined || now - this.#lookedMs >= DISK_POLL_MS / 2;
    if (!this.#isComplete && isDue) {
      this.#lookedMs = now;
      this.#isComplete = isOnDisk(this.torrent, this.out);
    }
    return this.#isComplete;
  }

  /** Every block was sent by somebody: what is done to connections from now on is no matter of the download. */
  get isAllSent(): boolean {
    const sent = new Set(
      this.actors.flatMap((actor) => actor.said('piece').map(({ piece, begin }) => `${piece}:${begin}`)),
    );
    return sent.size >= Math.ceil(this.torrent.mock.totalLength / 16_384);
  }

  /** Pieces that the subject told anybody of. */
  get told(): ReadonlySet<number> {
    return new Set(this.actors.flatMap((actor) => actor.heard('have').map(({ piece }) => Number(piece))));
  }

  get announces(): readonly Exchange[] {
    return this.tracker.requests.filter(({ request }) => request.kind === 'announce');
  }

  announced(event: string): readonly Exchange[] {
    return this.announces.filter(({ request }) => request.event === event);
  }

  /** Something changed: those who wait look again. */
  happened(): void {
    for (const look of [...this.#waiters]) look();
  }

  /** Addresses of one machine that programs can tell apart. */
  nextHost(): string {
    const number = ++this.#hosts;
    return `127.0.${number >> 8}.${number & 255}`;
  }

  async #isCompleteWithin(withinMs: number): Promise<boolean> {
    const endMs = performance.now() + this.kit.ms(withinMs);
    return await this.until(
      () => (this.isComplete ? 'yes' : performance.now() >= endMs ? 'no' : undefined),
      withinMs + 60_000,
      'the download to complete',
    ).then((answer) => answer === 'yes');
  }

  async #actor(plan: ActorPlan): Promise<Actor> {
    const { mock } = this.torrent;
    const options = { torrent: mock, host: this.nextHost(), ...plan };
    const actor = await Actor.start(options, this.kit.transcriptFolder, `peer-${this.actors.length}`, () =>
      this.happened(),
    );
    this.actors.push(actor);
    this.kit.onClose(() => actor.peer.close());
    return actor;
  }

  /** Who is gone does nothing any more, except what was on its way when it was asked to go. */
  #judgeExit(what: string): void {
    if (this.exit === undefined || this.#isAsked) return;
    this.judgeHealth();
    fail(`its process ended with ${endOf(this.exit)} before ${what}`);
  }
}

export function endOf({ code, signal }: Exit): string {
  return signal === null ? `code ${code}` : `signal ${signal}`;
}

function lastLine(running: RunningClient | undefined): string {
  const lines = running?.output().trim().split('\n') ?? [];
  return lines.at(-1)?.slice(0, 300) ?? '';
}

/** Where nobody listens, for command lines that always name a peer. */
const NOBODY_THERE = '127.0.0.1:9';

const NOBODY: TrackerScenario = { rules: [{ do: { reply: { interval: 1800, peers: { only: [] } } } }] };

/** Reading the disk cannot be waited for in any other way that works for every program. */
const DISK_POLL_MS = 100;
const GREET_AGAIN_MS = 50;
/** A program that is not there by then was not told the port. */
const START_MS = 60_000;
/** Long enough for whoever wants a pause, short enough to try again often. */
const REDIAL_MS = 1_000;
const EXIT_MS = 20_000;
/** A few hundred KiB over loopback. Programs that decide every ten seconds need some of these. */
const COMPLETE_MS = 60_000;
