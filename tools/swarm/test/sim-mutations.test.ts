import { describe, expect, test } from 'vitest';
import type { Cores } from '../src/sim/cores.js';
import { SimFailure } from '../src/sim/failure.js';
import { drawPlan } from '../src/sim/sim-plan.js';
import { Simulation } from '../src/sim/simulation.js';
import { type Change, loadVariant } from '../src/sim/variant.js';

const SEEDS = 100;

/** The client broken on purpose, each time in one place; `found` are the checks that have to see it. */
const MUTATIONS: readonly (Change & { readonly name: string; readonly found: readonly string[] })[] = [
  {
    name: 'does not cancel what came from elsewhere',
    file: 'client/downloads.ts',
    find: 'if (peer !== undefined) this.#sendCancel(peer, block);',
    replace: 'if (peer === undefined) continue;',
    found: ['requests'],
  },
  {
    name: 'does not ask again for what was asked over a connection that broke',
    file: 'pieces/picker/swarm.ts',
    find: 'const blocks = this.release(key);',
    replace: 'const blocks: readonly Block[] = [];',
    found: ['no exception', 'nobody idles', 'everybody completes'],
  },
  {
    name: 'takes the last piece for one byte longer',
    file: 'pieces/geometry.ts',
    find: 'return this.totalLength - this.offsetOf(piece);',
    replace: 'return this.totalLength - this.offsetOf(piece) + 1;',
    found: ['no exception', 'everybody completes', 'nobody honest is blamed'],
  },
  {
    name: 'bans the wrong peer for a false piece',
    file: 'client/verdicts.ts',
    find: 'for (const key of liars) this.#connections.ban(key,',
    replace: 'for (const _ of liars) for (const key of this.#scene.peers.keys()) this.#connections.ban(key,',
    found: ['nobody honest is blamed'],
  },
  {
    name: 'serves a peer that it has choked meanwhile',
    file: 'client/uploads.ts',
    find: 'const dropped = [...peer.loads, ...peer.uploads].filter((block) => !isKept(block));',
    replace: 'const dropped = peer.uploads.filter((block) => !isKept(block));',
    found: ['nothing for the choked', 'every request is answered'],
  },
  {
    name: 'forgets to announce some pieces',
    file: 'client/verdicts.ts',
    find: 'if (isValid && peer.isGreeted)',
    replace: 'if (isValid && peer.isGreeted && piece % 7 !== 0)',
    found: ['everybody is told'],
  },
  {
    name: 'counts a piece whose hash was wrong',
    file: 'client/verdicts.ts',
    find: "if (picker.statusOf(piece) !== 'verifying') return;",
    replace: "if (picker.statusOf(piece) !== 'verifying') return;\n    isValid = true;\n    digests = undefined;",
    found: ['have means right bytes'],
  },
  {
    name: 'has no endgame',
    file: 'pieces/picker/assigner.ts',
    find: 'if (blocks.length < count && this.isEndgame)',
    replace: 'if (count < 0)',
    found: ['nobody idles'],
  },
  {
    name: 'never tries another peer out, nor takes a slot back',
    file: 'client/uploads.ts',
    find: 'this.#setChoking(peer, !decision.unchoked.has(peer.key));',
    replace: 'if (!peer.link.local.choking) this.#setChoking(peer, false);',
    found: ['everybody is tried', 'bounds'],
  },
  {
    name: 'ignores that a peer has lost a piece',
    file: 'client/conversation.ts',
    find: 'this.#downloads.retract(peer, geometry.pieceAt(event.piece)!);',
    replace: '',
    found: ['availability'],
  },
  {
    name: 'chokes without refusing what was asked before',
    file: 'client/uploads.ts',
    find: 'if (peer.link.isFast) for (const block of dropped) this.#refuse(peer, block);',
    replace: '',
    found: ['every request is answered'],
  },
  {
    name: 'never asks again for what was refused once',
    file: 'client/downloads.ts',
    find: 'if (nowMs >= peer.askAgainMs) {',
    replace: 'if (nowMs < 0) {',
    found: ['everybody completes', 'deadlines'],
  },
  {
    name: 'waits for ever for a peer that does not answer',
    file: 'client/downloads.ts',
    find: 'for (const peer of late) this.#giveUp(peer);',
    replace: '',
    found: ['deadlines', 'everybody completes'],
  },
  {
    name: 'leaves a dial that took too long to itself',
    file: 'client/connections.ts',
    find: "if (reason !== 'remote-closed') this.#scene.do({ type: 'close-socket'",
    replace: "if (reason !== 'remote-closed' && reason !== 'dial-failed') this.#scene.do({ type: 'close-socket'",
    found: ['no socket is left over'],
  },
];

describe(`breaking the client makes the simulation fail within ${SEEDS} seeds`, () => {
  test.each(MUTATIONS)('a client that $name', { timeout: 600_000 }, async ({ found, ...change }) => {
    const failure = firstFailure(await loadVariant([change]));
    expect(found, failure.message).toContain(failure.check);
  });
});

function firstFailure(cores: Cores): SimFailure {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      new Simulation(drawPlan(seed), cores).run();
    } catch (error) {
      if (error instanceof SimFailure) return error;
      throw error;
    }
  }
  throw new Error(`${SEEDS} seeds, and nothing was noticed`);
}
