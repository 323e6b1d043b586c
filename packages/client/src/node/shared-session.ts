import type { Socket } from 'node:net';
import type { Handshake } from '@unchoke/wire';
import type { PeerAddress } from '../address-book.js';
import type { RateLimits, Seat } from '../seat.js';
import { Session, type SessionOptions } from '../session.js';

/** A torrent, or a magnet link on its way to be one. */
interface Runner {
  accept(socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array): void;
  tell(event: { readonly type: 'room-needed' | 'time-passed' }): void;
}

/** A session and what runs in it: carries to one what another one has set free. */
export class SharedSession {
  readonly #session: Session;
  readonly #running = new Map<Seat, Runner>();
  #isSettling = false;

  constructor(options: SessionOptions) {
    this.#session = new Session(options);
  }

  join(infoHashes: readonly Uint8Array[]): Seat {
    return this.#session.join(infoHashes);
  }

  run(seat: Seat, runner: Runner): void {
    this.#running.set(seat, runner);
  }

  leave(seat: Seat): void {
    this.#running.delete(seat);
    this.#session.leave(seat);
  }

  /** Hands over somebody who has said which torrent is meant; false when it is none of ours. */
  welcome(socket: Socket, address: PeerAddress, handshake: Handshake, rest: Uint8Array): boolean {
    const seat = this.#session.seatOf(handshake.infoHash);
    const runner = seat === undefined ? undefined : this.#running.get(seat);
    runner?.accept(socket, address, handshake, rest);
    return runner !== undefined;
  }

  /** Those that wait for what is allowed now have to be told. */
  setLimits(limits: RateLimits): void {
    this.#session.setRates(limits, performance.now());
  }

  /** After every turn of one of them. What it tells others may set free something else, so it goes on until all is said. */
  settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    try {
      for (let errands = this.#session.takeErrands(); errands.length > 0; errands = this.#session.takeErrands()) {
        for (const { member, type } of errands) {
          this.#running.get(member)?.tell({ type: type === 'make-room' ? 'room-needed' : 'time-passed' });
        }
      }
    } finally {
      this.#isSettling = false;
    }
  }
}
