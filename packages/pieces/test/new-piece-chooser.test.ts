import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bitfield, type PieceIndex } from '../src/index.js';
import { NewPieceChooser } from '../src/picker/new-piece-chooser.js';
import { PeerRecord } from '../src/picker/peer-record.js';
import { PieceTable } from '../src/picker/piece-table.js';
import { randomFrom } from './random-from.js';

const PIECES = 700;
/** The first 300 are rare: many, held by few, and not by the peer that asks. */
const RARE = 300;

const steps = fc.array(
  fc.record({
    what: fc.oneof(
      { weight: 12, arbitrary: fc.constant('choose' as const) },
      { weight: 3, arbitrary: fc.constantFrom('begin', 'comeBack', 'announce', 'decline' as const) },
      { weight: 1, arbitrary: fc.constantFrom('prioritise', 'forgive' as const) },
    ),
    piece: fc.nat(PIECES - 1),
    count: fc.integer({ min: 1, max: 40 }),
  }),
  { size: 'max', maxLength: 80 },
);

test('a peer that lacks the rare pieces is given what it could begin, all of it, by priority', () => {
  fc.assert(
    fc.property(steps, fc.nat(), fc.nat(PIECES - RARE), (all, seed, heldCount) => {
      const meter = { steps: 0 };
      const random = randomFrom(seed);
      const table = new PieceTable(Bitfield.empty(PIECES), meter);
      const chooser = new NewPieceChooser(table, random, meter);
      const held = Array.from({ length: heldCount }, () => (RARE + random(PIECES - RARE)) as PieceIndex);
      const peer = new PeerRecord(1, Bitfield.of(PIECES, held));
      for (const piece of peer.pieces!)
        for (let times = 0; times < 1 + random(3); times++) table.changeHolders(piece, 1);
      for (let piece = 0; piece < RARE; piece++) table.changeHolders(piece as PieceIndex, 1);

      const offered = () => everyPiece().filter((piece) => table.isStartable(piece) && peer.offers(piece));
      const acts = {
        choose(): void {
          const expected = offered();
          const piece = chooser.rarest(peer);
          expect(piece === undefined).toBe(expected.length === 0);
          if (piece === undefined) return;
          expect(expected).toContain(piece);
          expect(table.priorityOf(piece)).toBe(Math.max(...expected.map((other) => table.priorityOf(other))));
          table.setStatus(piece, 'partial');
        },
        begin: (piece: PieceIndex) => table.isStartable(piece) && table.setStatus(piece, 'partial'),
        comeBack: (piece: PieceIndex) => table.setStatus(piece, 'missing'),
        announce(piece: PieceIndex): void {
          if (!peer.pieces!.add(piece)) return;
          table.changeHolders(piece, 1);
          if (table.isStartable(piece)) chooser.announced(peer, piece);
        },
        decline: (piece: PieceIndex) => peer.declined.set(piece, 'rejected'),
        prioritise: (piece: PieceIndex) => table.setPriority(piece, 1 + (piece % 7)),
        forgive(): void {
          peer.declined.clear();
          peer.lookAgain();
        },
      };
      for (const { what, piece, count } of all) {
        for (let times = 0; times < count; times++) acts[what](((piece + times * 7) % PIECES) as PieceIndex);
      }
      while (offered().length > 0) acts.choose();
      acts.choose();
    }),
    {
      numRuns: 60,
      // A piece announced while the list was incomplete was begun before better ones that were not on the list.
      examples: [
        [
          [
            { what: 'prioritise', piece: 434, count: 14 },
            { what: 'choose', piece: 0, count: 4 },
            { what: 'announce', piece: 518, count: 2 },
          ],
          0,
          79,
        ],
      ],
    },
  );
});

function everyPiece(): PieceIndex[] {
  return Array.from({ length: PIECES }, (_, piece) => piece as PieceIndex);
}
