/**
 * The jobs that come by the thousand, as numbers in shared memory: a whole piece to be hashed and written, a run to be read. A
 * message each costs both threads a copy of the job and a trip through the event loop (200 ms a GiB was measured); here a thread
 * that is busy finds the next job when it is done with the one before, and only one that sleeps is woken by a message.
 */
export interface RingJob {
  readonly id: number;
  readonly type: 'store' | 'read';
  readonly torrent: number;
  /** The piece to be stored, or where in the torrent to read. */
  readonly place: number;
  /** What a number stands for is told in a message, once. */
  readonly buffer: number;
  readonly length: number;
  /** Messages that were sent before it, and have to be dealt with before it. */
  readonly messageCount: number;
}

/** Jobs that fit; more than all buffers together are good for. */
const SLOT_COUNT = 512;
const SLOT_WORDS = 8;
/** Words before the slots: counts of what was put in and what is done, and two flags. */
const SENT = 0;
const DONE = 1;
const IS_IDLE = 2;
const IS_TOLD = 3;
const FIRST_SLOT = 4;
const FIRST_DONE = FIRST_SLOT + SLOT_COUNT * SLOT_WORDS;
/** A place in a torrent needs more than 32 bits. */
const LOW = 2 ** 31;

/** The end of the thread that has jobs. */
export class RingSender {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer((FIRST_DONE + SLOT_COUNT) * 4);
  private readonly words = new Int32Array(this.memory);
  private sent = 0;
  private taken = 0;
  private open = 0;

  constructor() {
    this.words[IS_IDLE] = 1;
  }

  get hasRoom(): boolean {
    return this.open < SLOT_COUNT;
  }

  /** Jobs put in so far. */
  get sentCount(): number {
    return this.sent;
  }

  /** Puts a job in; true when the other side has to be woken. */
  send({ id, type, torrent, place, buffer, length, messageCount }: RingJob): boolean {
    const at = FIRST_SLOT + (this.sent % SLOT_COUNT) * SLOT_WORDS;
    const fields = [id, type === 'store' ? 0 : 1, torrent, Math.floor(place / LOW), place % LOW, buffer, length];
    this.words.set(fields, at);
    this.words[at + fields.length] = messageCount;
    this.open++;
    this.sent++;
    Atomics.store(this.words, SENT, this.sent | 0);
    return Atomics.compareExchange(this.words, IS_IDLE, 1, 0) === 1;
  }

  /** From now on more will be told when it is done. */
  listen(): void {
    Atomics.store(this.words, IS_TOLD, 0);
  }

  /** A job that is done; undefined when there is none. */
  takeDone(): number | undefined {
    if (Atomics.load(this.words, DONE) === (this.taken | 0)) return undefined;
    const id = this.words[FIRST_DONE + (this.taken++ % SLOT_COUNT)];
    this.open--;
    return id;
  }

  /** A job was answered by a message. */
  release(): void {
    this.open--;
  }
}

/** The end of the thread that does them. */
export class RingTaker {
  private readonly words: Int32Array;
  private taken = 0;
  private done = 0;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** Jobs taken so far. */
  get takenCount(): number {
    return this.taken;
  }

  /**
   * The next job; `held-back` when a message that is on its way comes first; `empty` when there is none and the next one will be
   * told by a message.
   */
  next(messageCount: number): RingJob | 'held-back' | 'empty' {
    while (!this.hasMore) if (this.rest()) return 'empty';
    const { words } = this;
    const at = FIRST_SLOT + (this.taken % SLOT_COUNT) * SLOT_WORDS;
    const sentBefore = words[at + 7]!;
    if (sentBefore > messageCount) return 'held-back';
    this.taken++;
    return {
      id: words[at]!,
      type: words[at + 1] === 0 ? 'store' : 'read',
      torrent: words[at + 2]!,
      place: words[at + 3]! * LOW + words[at + 4]!,
      buffer: words[at + 5]!,
      length: words[at + 6]!,
      messageCount: sentBefore,
    };
  }

  /** Says that a job is done; true when the other side has to be told by a message. */
  finish(id: number): boolean {
    this.words[FIRST_DONE + (this.done % SLOT_COUNT)] = id;
    this.done++;
    Atomics.store(this.words, DONE, this.done | 0);
    return Atomics.exchange(this.words, IS_TOLD, 1) === 0;
  }

  /** A job that comes between the last look and the flag must not be slept through: false, and there is one. */
  private rest(): boolean {
    Atomics.store(this.words, IS_IDLE, 1);
    return !this.hasMore || Atomics.compareExchange(this.words, IS_IDLE, 1, 0) === 0;
  }

  private get hasMore(): boolean {
    return Atomics.load(this.words, SENT) !== (this.taken | 0);
  }
}
