import { concat, EMPTY } from './bytes.js';
import type { PeerAction } from './events.js';
import { Fifo } from './fifo.js';
import { UNSENT_BYTES_MAX } from './limits.js';

type CloseHow = 'end' | 'half' | 'reset';

/** Makes the frame of a round and hands it over. */
type MakeFrame = (round: number, push: (chunks: readonly Uint8Array[]) => void) => void;

/** Something to say. A flood is made frame by frame when there is room, so a million of them cost no memory. */
type Item =
  | { readonly type: 'frame'; readonly chunks: readonly Uint8Array[] }
  | { readonly type: 'flood'; readonly times: number; round: number; readonly make: MakeFrame }
  | { readonly type: 'close'; readonly how: CloseHow; readonly reason: string };

/**
 * Between what a peer says and what its socket is given: order, pace, cuts and silence. Nothing is produced while more
 * than `UNSENT_BYTES_MAX` waits in the socket.
 */
export class Outbox {
  readonly #items = new Fifo<Item>();
  readonly #later: { readonly atMs: number; readonly chunks: readonly Uint8Array[] }[] = [];
  #unsentLength = 0;
  #queuedLength = 0;
  #isMuted = false;
  #isClosing = false;
  #isClosed = false;
  #stalledUntilMs = 0;
  #drip: { readonly bytes: number; readonly everyMs: number; nextMs: number } | undefined;
  #splitBytes = 0;
  #merge: { readonly frames: number; readonly withinMs: number; sinceMs: number | undefined } | undefined;

  /** Whether more may be produced now. */
  get hasRoom(): boolean {
    return this.#unsentLength + this.#queuedLength < UNSENT_BYTES_MAX && !this.#isClosing;
  }

  /** Whether the last word is said, even if it has not left yet. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  push(chunks: readonly Uint8Array[]): void {
    if (this.#isMuted || this.#isClosing) return;
    this.#items.push({ type: 'frame', chunks });
    for (const chunk of chunks) this.#queuedLength += chunk.length;
  }

  pushLater(chunks: readonly Uint8Array[], atMs: number): void {
    if (!this.#isMuted) this.#later.push({ atMs, chunks });
  }

  pushFlood(times: number, make: MakeFrame): void {
    if (!this.#isMuted && !this.#isClosing) this.#items.push({ type: 'flood', times, round: 0, make });
  }

  /** Closes when what was said before has left. */
  close(how: CloseHow, reason: string): void {
    this.#isClosing = true;
    this.#items.push({ type: 'close', how, reason });
  }

  /** Closes without waiting: what was not sent yet is lost. */
  reset(reason: string): void {
    this.#items.clear();
    this.#stalledUntilMs = 0;
    this.#unsentLength = 0;
    this.close('reset', reason);
  }

  mute(): void {
    this.#isMuted = true;
  }

  stall(untilMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, untilMs);
  }

  drip(bytes: number, everyMs: number, nowMs: number): void {
    this.#drip = { bytes, everyMs, nextMs: nowMs };
  }

  split(bytes: number): void {
    this.#splitBytes = bytes;
  }

  merge(frames: number, withinMs: number): void {
    this.#merge = frames > 1 ? { frames, withinMs, sinceMs: undefined } : undefined;
  }

  drained(): void {
    this.#unsentLength = 0;
  }

  /** When to come back without being asked. */
  get deadlineMs(): number | undefined {
    const deadlines = this.#later.map((item) => item.atMs);
    if (this.#items.length > 0 && !this.#isClosed && this.#unsentLength < UNSENT_BYTES_MAX) {
      deadlines.push(Math.max(this.#stalledUntilMs, this.#drip?.nextMs ?? 0, this.#mergeDeadlineMs()));
    }
    const first = Math.min(...deadlines);
    return Number.isFinite(first) ? first : undefined;
  }

  /** Moves what may leave now into `actions`. */
  flush(nowMs: number, actions: PeerAction[]): void {
    this.#takeDue(nowMs);
    while (this.#items.length > 0 && !this.#isClosed) {
      if (this.#stalledUntilMs > nowMs || this.#unsentLength >= UNSENT_BYTES_MAX) return;
      const first = this.#items.peek()!;
      if (first.type === 'close') this.#finish(first, actions);
      else if (this.#drip !== undefined) {
        if (this.#drip.nextMs > nowMs) return;
        this.#drip.nextMs = nowMs + this.#drip.everyMs;
        this.#send(this.#takeBytes(this.#drip.bytes), true, actions);
      } else if (this.#merge !== undefined) {
        this.#merge.sinceMs ??= nowMs;
        if (this.#countFrames() < this.#merge.frames && this.#mergeDeadlineMs() > nowMs) return;
        this.#send(concat(this.#takeFrames(this.#merge.frames)), true, actions);
        this.#merge.sinceMs = undefined;
      } else if (this.#splitBytes > 0) {
        this.#send(this.#takeBytes(this.#splitBytes), true, actions);
      } else {
        this.#sendFrames(actions);
      }
    }
  }

  /** The honest way: blocks as they are, small frames gathered into one chunk, as a write per have would cost more than it. */
  #sendFrames(actions: PeerAction[]): void {
    let small: Uint8Array[] = [];
    let smallLength = 0;
    const sendSmall = (): void => {
      if (small.length > 0) this.#send(concat(small), false, actions);
      small = [];
      smallLength = 0;
    };
    while (this.#items.length > 0 && this.#items.peek()!.type !== 'close' && this.#isPlain) {
      if (this.#unsentLength + smallLength >= UNSENT_BYTES_MAX) break;
      for (const chunk of this.#takeFrame()) {
        if (chunk.length > SMALL_BYTES) sendSmall();
        small.push(chunk);
        smallLength += chunk.length;
        if (chunk.length > SMALL_BYTES || smallLength > GATHERED_BYTES) sendSmall();
      }
    }
    sendSmall();
  }

  /** Neither pace nor cuts nor heaps are asked for. What a flood brings about can change that in its midst. */
  get #isPlain(): boolean {
    return this.#drip === undefined && this.#merge === undefined && this.#splitBytes === 0;
  }

  #takeDue(nowMs: number): void {
    if (this.#later.length === 0) return;
    this.#later.sort((a, b) => a.atMs - b.atMs);
    while (this.#later.length > 0 && this.#later[0]!.atMs <= nowMs) this.push(this.#later.shift()!.chunks);
  }

  #finish(item: { readonly how: CloseHow; readonly reason: string }, actions: PeerAction[]): void {
    this.#isClosed = true;
    this.#items.clear();
    this.#later.length = 0;
    actions.push({ type: 'close-connection', how: item.how, reason: item.reason });
  }

  #send(bytes: Uint8Array, apart: boolean, actions: PeerAction[]): void {
    // A write of its own costs more than its bytes: a million of one byte must not pile up.
    this.#unsentLength += apart ? Math.max(bytes.length, WRITE_COST_BYTES) : bytes.length;
    if (bytes.length > 0) actions.push({ type: 'send-bytes', bytes, apart });
  }

  /** The next frame; a flood keeps its place until it is spent. */
  #takeFrame(): readonly Uint8Array[] {
    const item = this.#items.peek();
    if (item === undefined || item.type === 'close') return [];
    if (item.type === 'frame') {
      this.#items.shift();
      for (const chunk of item.chunks) this.#queuedLength -= chunk.length;
      return item.chunks;
    }
    const round = item.round++;
    if (item.round === item.times) this.#items.shift();
    let made: readonly Uint8Array[] | undefined;
    item.make(round, (chunks) => {
      made = chunks;
    });
    // What cannot be said once (an extension that was never announced) cannot be said a million times either.
    if (made === undefined && item.round < item.times) this.#items.shift();
    return made ?? [];
  }

  #takeFrames(count: number): readonly Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < count; i++) chunks.push(...this.#takeFrame());
    return chunks.length === 0 ? [EMPTY] : chunks;
  }

  /** Up to `count` bytes of the next frame; the rest of it goes back to the front. */
  #takeBytes(count: number): Uint8Array {
    const chunks = this.#takeFrame();
    const whole = chunks.length === 0 ? EMPTY : concat(chunks);
    if (whole.length > count) {
      this.#items.unshift({ type: 'frame', chunks: [whole.subarray(count)] });
      this.#queuedLength += whole.length - count;
    }
    return whole.subarray(0, count);
  }

  #countFrames(): number {
    const first = this.#items.peek();
    return first?.type === 'flood' ? first.times - first.round + this.#items.length - 1 : this.#items.length;
  }

  #mergeDeadlineMs(): number {
    const merge = this.#merge;
    return merge?.sinceMs === undefined ? 0 : merge.sinceMs + merge.withinMs;
  }
}

const SMALL_BYTES = 512;
const GATHERED_BYTES = 65_536;
const WRITE_COST_BYTES = 64;
