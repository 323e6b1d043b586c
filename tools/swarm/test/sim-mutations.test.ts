import { describe, expect, test } from 'vitest';
import type { Cores } from '../src/sim/cores.js';
import { CHECKS, type Check, SimFailure } from '../src/sim/failure.js';
import { drawPlan } from '../src/sim/sim-plan.js';
import { Simulation } from '../src/sim/simulation.js';
import { type Change, loadVariant } from '../src/sim/variant.js';

const SEEDS = 100;

/** The client broken on purpose, each time in one place; `found` are the checks that have to see it. */
const MUTATIONS: readonly (Change & { readonly name: string; readonly found: readonly Check[] })[] = [
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
  {
    name: 'sends what was read for a request that its choke has dropped',
    file: 'client/uploads.ts',
    find: 'const isWanted = peer.loads.delete(block);\n',
    replace: `const isWanted = peer.loads.delete(block);
    if (!isWanted) {
      const header = new DataView(new ArrayBuffer(13));
      header.setUint32(0, 9 + block.length);
      header.setUint8(4, 7);
      header.setUint32(5, block.piece);
      header.setUint32(9, block.begin);
      if (peer.link.local.choking) this.#scene.sendBytes(peer, new Uint8Array(header.buffer), bytes);
    }
`,
    found: ['nothing for the choked'],
  },
  {
    name: 'stays interested in whom it wants nothing of',
    file: 'client/downloads.ts',
    find: 'const isInterested = peer.isJoined && picker.isInterestedIn(peer.key);',
    replace: 'const isInterested = peer.isJoined && (peer.link.local.interested || picker.isInterestedIn(peer.key));',
    found: ['interest'],
  },
  {
    name: 'counts a piece in two states',
    file: 'pieces/picker/piece-table.ts',
    find: 'this.counts[from]!--;',
    replace: '',
    found: ['one state'],
  },
  {
    name: 'asks a tracker twice as often as the tracker wants',
    file: 'tracker/tracker-state.ts',
    find: 'const intervalMs = Math.max(clamped(answer.intervalS) ?? INTERVAL_MS_DEFAULT, minMs ?? 0);',
    replace: 'const intervalMs = 30_000;',
    found: ['announce interval'],
  },
  {
    name: 'never takes a slot from whom it serves as a seed',
    file: 'client/choker.ts',
    find: 'nowMs - unchokedSinceMs < SEED_TURN_MS;',
    replace: 'nowMs >= unchokedSinceMs;',
    found: ['everybody is tried'],
  },
  {
    name: 'never dials again whom it could not reach once',
    file: 'client/address-book.ts',
    find: 'const pauseMs = Math.min(LIMITS.retryMaxMs, LIMITS.retryFirstMs * 1.5 ** (entry.failures - 1));',
    replace: 'const pauseMs = 1e12;',
    found: ['everybody completes'],
  },
];

const seen = new Set<Check>();

describe(`breaking the client makes the simulation fail within ${SEEDS} seeds`, () => {
  test.each(MUTATIONS)('a client that $name', { timeout: 600_000 }, async ({ found, ...change }) => {
    const failure = firstFailure(await loadVariant([change]));
    expect(found, failure.message).toContain(failure.check);
    seen.add(failure.check);
  });

  test('and no check is there that none of them has failed', () => {
    expect([...seen].sort()).toEqual([...CHECKS].sort());
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
