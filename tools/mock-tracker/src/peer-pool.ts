import type { RandomBelow } from './random.js';

/** One way to reach a peer: a peer with IPv4 and IPv6 has two seats, one in each pool of its swarm. */
export interface Seat {
  /** Whether it sits among the seeds. Changed only while it is out of the pool. */
  isSeed: boolean;
  /** Where in its array it sits, and the last drawing that chose it. Written by the pool only. */
  index: number;
  drawing: number;
}

/**
 * The peers of one torrent in one address family. Adding and removing take constant time, drawing a fair sample takes
 * time in the size of the sample, whatever the size of the swarm.
 */
export class PeerPool<S extends Seat> {
  readonly #leeches: S[] = [];
  readonly #seeds: S[] = [];
  #drawing = 0;

  get size(): number {
    return this.#leeches.length + this.#seeds.length;
  }

  add(seat: S): void {
    const group = seat.isSeed ? this.#seeds : this.#leeches;
    seat.index = group.length;
    group.push(seat);
  }

  remove(seat: S): void {
    const group = seat.isSeed ? this.#seeds : this.#leeches;
    const last = group.pop()!;
    if (last === seat) return;
    group[seat.index] = last;
    last.index = seat.index;
  }

  /**
   * Up to `count` others for `asker`: every set of that size is equally likely. A seed is given no seeds, it has nothing
   * to ask them for.
   */
  sample(asker: S | undefined, askerIsSeed: boolean, count: number, randomBelow: RandomBelow): S[] {
    const leeches = this.#leeches;
    const seeds = this.#seeds;
    const population = askerIsSeed ? leeches.length : leeches.length + seeds.length;
    // The asker is stepped over by its position instead of being looked for.
    let skipped = population;
    if (asker !== undefined && asker.isSeed === false) skipped = asker.index;
    else if (asker !== undefined && !askerIsSeed) skipped = leeches.length + asker.index;
    const others = skipped < population ? population - 1 : population;
    const at = (place: number): S => {
      const index = place < skipped ? place : place + 1;
      return index < leeches.length ? leeches[index]! : seeds[index - leeches.length]!;
    };
    const drawn: S[] = [];
    if (others <= count) {
      // Everybody, but from a random start: many clients only dial the first few.
      const start = others > 1 ? randomBelow(others) : 0;
      for (let place = start; place < others; place++) drawn.push(at(place));
      for (let place = 0; place < start; place++) drawn.push(at(place));
      return drawn;
    }
    // R. Floyd's sampling: `count` draws without repetition, and a number in the seat instead of a set of the chosen.
    this.#drawing += 1;
    for (let top = others - count; top < others; top++) {
      let seat = at(randomBelow(top + 1));
      if (seat.drawing === this.#drawing) seat = at(top);
      seat.drawing = this.#drawing;
      drawn.push(seat);
    }
    return drawn;
  }
}
