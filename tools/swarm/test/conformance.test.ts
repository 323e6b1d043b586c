import { readFile } from 'node:fs/promises';
import { Client } from '@unchoke/client/node';
import { type ClientSubject, clientCases, type Job, type RunningClient, runCase } from '@unchoke/conformance';
import { describe, expect, test } from 'vitest';

// The quick cases of the kit, played with our client inside this process. What needs a process of its own to be killed, or
// to end by itself, is left to the kit's run against the command.

const NEEDS_A_PROCESS = /^safe\/(resume\/.*kill|shutdown\/exit-code)/;

/** A choice that we made otherwise: see docs/decisions. */
const CHOSEN: readonly string[] = ['bep3/handshake/dialled/peer-id-mismatch'];

const subject: ClientSubject = {
  name: 'unchoke',
  traits: { seeds: true, takesMagnets: true, dialsLoopback: true, listens: true, exits: false },
  start: async (job) => start(job),
};

const cases = clientCases.filter(({ id, profile }) => profile === 'quick' && !NEEDS_A_PROCESS.test(id));

describe.concurrent('our client keeps every quick rule of the kit', () => {
  test.each(cases.map((one) => [one.id, one] as const))(
    '%s',
    async (id, one) => {
      const { verdict } = await runCase(one, subject, { jobs: 1, seed: 1 });
      const accepted = CHOSEN.includes(id) ? ['pass', 'not-applicable', 'fail'] : ['pass', 'not-applicable'];
      expect(accepted, 'why' in verdict ? verdict.why : '').toContain(verdict.type);
    },
    600_000,
  );
});

function start(job: Job): RunningClient {
  const client = new Client({ port: job.port, bind: '127.0.0.1', stateFolder: job.state });
  let output = '';
  let end: (exit: { code: number | null; signal: string | null }) => void = () => undefined;
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    end = resolve;
  });
  const add = async (): Promise<void> => {
    await client.listen();
    await client.add(job.mode === 'magnet' ? job.magnet : await readFile(job.torrentPath), { path: job.out });
  };
  add().catch(async (error: Error) => {
    output += error.message;
    await client.close();
    end({ code: 1, signal: null });
  });
  return {
    exited,
    output: () => output,
    signal: (name) => {
      void client.close().then(() => end({ code: null, signal: name }));
    },
  };
}
