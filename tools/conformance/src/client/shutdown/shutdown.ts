import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import { clientCase } from '../client-case.js';
import type { ClientSubject } from '../subject.js';

const SHUTDOWN = { level: 'SAFE', section: 'reliability' } as const;

export const shutdownCases: readonly Case<ClientSubject>[] = [
  ...(['SIGTERM', 'SIGINT'] as const).map((name) =>
    clientCase({
      ...{ id: `safe/shutdown/${name.toLowerCase()}`, ...SHUTDOWN },
      rule: `It ends within twenty seconds after ${name}.`,
      play: async (stage) => {
        await stage.start();
        await stage.meet(await stage.seed({ behaviour: 'never-unchoke' }));
        await stage.stop(name);
      },
    }),
  ),
  clientCase({
    ...{ id: 'safe/shutdown/half-open', ...SHUTDOWN },
    rule: 'It ends within twenty seconds while connections are half open.',
    play: async (stage) => {
      await stage.start();
      const silent = await stage.seed({
        behaviour: { dial: { connections: 20 }, rules: [{ when: { on: 'open' }, do: { type: 'mute' } }] },
      });
      await stage.meet(silent);
      await stage.until(() => silent.opened >= 10, 20_000, 'connections to be taken');
      await stage.stop();
    },
  }),
  clientCase({
    ...{
      id: 'safe/shutdown/silent-tracker',
      ...SHUTDOWN,
      stage: { scenario: { rules: [{ do: { http: { silence: true } } }] } },
    },
    rule: 'It ends within twenty seconds although the tracker never answers.',
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.tracker.requests.length > 0, 30_000, 'an announce');
      await stage.stop();
    },
  }),
  clientCase({
    ...{ id: 'safe/shutdown/while-downloading', ...SHUTDOWN },
    rule: 'It ends within twenty seconds in the middle of a download.',
    play: async (stage) => {
      await stage.start();
      const seed = await stage.seed({ behaviour: 'liar-serves-nothing' });
      await stage.meet(seed);
      await stage.until(() => seed.heard('request').length > 0, 40_000, 'a request');
      await stage.stop();
    },
  }),
  clientCase({
    ...{ id: 'safe/shutdown/exit-code', ...SHUTDOWN, needs: ['exits'] },
    rule: 'It ends by itself with code 0 when a download is complete.',
    play: async (stage) => {
      await stage.start();
      await stage.meet(await stage.seed());
      await stage.completes();
      const exit = await stage.until(() => stage.exit, 30_000, 'its process to end');
      if (exit.code !== 0) fail(`it ended with code ${exit.code}`);
      if (!stage.isComplete) fail('after its end the files are not right');
    },
  }),
];
