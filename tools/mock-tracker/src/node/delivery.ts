import type { Socket } from 'node:net';
import type { DeliveryStep } from '../http/http-answer.js';

/** How a delivery ended: the connection is as good as before, is to be closed, or waits for the client to leave. */
export type DeliveryEnd = 'done' | 'close' | 'hold';

/** Plays the steps of one answer on a socket: waits, drips, floods as fast as the client reads. */
export class Delivery {
  readonly #socket: Socket;
  readonly #steps: readonly DeliveryStep[];
  readonly #finish: (end: DeliveryEnd) => void;
  #index = 0;
  /** Bytes of the present step that were sent. */
  #sentBytes = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #awaitsDrain = false;

  constructor(socket: Socket, steps: readonly DeliveryStep[], finish: (end: DeliveryEnd) => void) {
    this.#socket = socket;
    this.#steps = steps;
    this.#finish = finish;
  }

  run(): void {
    if (this.#socket.destroyed) return;
    const step = this.#steps[this.#index];
    if (step === undefined) {
      this.#finish('done');
      return;
    }
    switch (step.type) {
      case 'send':
        this.#advance();
        if (this.#socket.write(step.bytes)) this.run();
        else this.#awaitsDrain = true;
        return;
      case 'wait':
        this.#advance();
        this.#timer = setTimeout(() => this.run(), step.ms);
        return;
      case 'drip':
        this.#drip(step.bytes, step.stepBytes, step.everyMs);
        return;
      case 'flood':
        this.#flood(step.bytes, step.bytesMax);
        return;
      case 'reset':
        // A reset throws away what has not been sent, and what stands before it in the script is to arrive.
        this.#socket.write(NOTHING, () => reset(this.#socket));
        return;
      case 'close':
      case 'hold':
        this.#finish(step.type);
        return;
      default:
        unreachable(step);
    }
  }

  /** The socket has sent all it had. */
  drained(): void {
    if (!this.#awaitsDrain) return;
    this.#awaitsDrain = false;
    // Through the event loop: a reader that keeps up must not have all of our time.
    setImmediate(() => this.run());
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #advance(): void {
    this.#index += 1;
    this.#sentBytes = 0;
  }

  #drip(bytes: Buffer, stepBytes: number, everyMs: number): void {
    const end = Math.min(this.#sentBytes + stepBytes, bytes.length);
    this.#socket.write(bytes.subarray(this.#sentBytes, end));
    this.#sentBytes = end;
    if (end === bytes.length) this.#advance();
    this.#timer = setTimeout(() => this.run(), everyMs);
  }

  #flood(bytes: Buffer, bytesMax: number): void {
    while (this.#sentBytes < bytesMax) {
      this.#sentBytes += bytes.length;
      if (this.#socket.write(bytes)) continue;
      this.#awaitsDrain = true;
      return;
    }
    this.#advance();
    this.run();
  }
}

const NOTHING = new Uint8Array(0);

/**
 * A TCP reset and nothing before it. `resetAndDestroy()` ends the socket first, and a FIN makes a broken reply look like one
 * that has ended; this is the half of it that follows. A test sees to it that Node still understands the mark.
 */
function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true }).destroy();
}

function unreachable(step: never): never {
  throw new TypeError(`unknown delivery step: ${JSON.stringify(step)}`);
}
