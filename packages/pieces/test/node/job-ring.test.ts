import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RingJob, RingSender, RingTaker } from '../../src/node/job-ring.js';

const job = (id: number, messageCount: number): RingJob => ({
  id,
  type: id % 3 === 0 ? 'read' : 'store',
  torrent: 1 + (id % 5),
  place: id * 4_294_967_291,
  buffer: id % 7,
  length: 16_384,
  messageCount,
});

test('jobs arrive in order, after the messages before them, whoever is ahead; nobody sleeps while there is work', () => {
  const steps = fc.array(fc.constantFrom('send', 'message', 'deliver', 'take', 'finish', 'collect'), {
    maxLength: 2_000,
  });
  fc.assert(
    fc.property(steps, (chosen) => {
      const sender = new RingSender();
      const taker = new RingTaker(sender.memory);
      let sent = 0;
      let messages = 0;
      let delivered = 0;
      let isAsleep = true;
      let isTold = true;
      sender.listen();
      const expected: RingJob[] = [];
      const working: number[] = [];
      const finished: number[] = [];
      for (const step of chosen) {
        if (step === 'send' && sender.hasRoom) {
          expected.push(job(sent, messages));
          expect(sender.send(job(sent++, messages))).toBe(isAsleep);
          isAsleep = false;
        } else if (step === 'message') messages++;
        else if (step === 'deliver' && delivered < messages) delivered++;
        else if (step === 'take' && !isAsleep) {
          const next = taker.next(delivered);
          if (next === 'empty') {
            expect(expected).toEqual([]);
            isAsleep = true;
          } else if (next === 'held-back') expect(expected[0]!.messageCount).toBeGreaterThan(delivered);
          else {
            expect(next).toEqual(expected.shift());
            working.push(next.id);
          }
        } else if (step === 'finish' && working.length > 0) {
          finished.push(working.shift()!);
          expect(taker.finish(finished.at(-1)!)).toBe(isTold);
          isTold = false;
        } else if (step === 'collect') {
          sender.listen();
          isTold = true;
          for (let id = sender.takeDone(); id !== undefined; id = sender.takeDone()) expect(id).toBe(finished.shift());
          expect(finished).toEqual([]);
        }
      }
    }),
  );
});

test('it is full at some time, and has room again when jobs are done', () => {
  const sender = new RingSender();
  const taker = new RingTaker(sender.memory);
  let sent = 0;
  for (let round = 0; round < 5; round++) {
    while (sender.hasRoom) sender.send(job(sent++, 0));
    for (let next = taker.next(0); typeof next !== 'string'; next = taker.next(0)) taker.finish(next.id);
    while (sender.takeDone() !== undefined);
    expect(sender.hasRoom).toBe(true);
  }
  expect(sent).toBe(sender.sentCount);
});
