import type { Case } from '../../case.js';
import { clientCase } from '../client-case.js';
import type { ClientSubject } from '../subject.js';

const ONE_ADDRESS = { section: 'reliability', profile: 'full', alone: true, timeoutS: 120 } as const;

/** Many connections from one address are one person who pretends to be many. */
export const connectionCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'safe/connections/same-address-beside', level: 'SAFE', ...ONE_ADDRESS },
    rule: 'It completes from an honest peer while two hundred connections of others come from one address.',
    play: async (stage) => {
      await stage.start();
      const many = await stage.leech({ behaviour: 'same-ip-swarm' });
      await stage.meet(many);
      await stage.until(() => many.opened >= 150 || many.closed > 0, 30_000, 'the connections to be taken or refused');
      await stage.meet(await stage.seed({ behaviour: { dial: { redialAfterMs: 500 }, rules: [] } }));
      await stage.completes();
    },
  }),
  clientCase({
    ...{ id: 'safe/connections/same-address-bounded', level: 'SHOULD', ...ONE_ADDRESS },
    rule: 'Of two hundred connections from one address it keeps no more than a hundred.',
    play: async (stage) => {
      await stage.start();
      const many = await stage.leech({ behaviour: 'same-ip-swarm' });
      await stage.meet(many);
      await stage.until(() => many.opened >= 200, 60_000, 'two hundred connections to be taken or refused');
      await stage.until(
        () => many.opened - many.closed <= 100,
        SORTED_OUT_MS,
        'no more than a hundred of two hundred connections from one address to be left',
      );
    },
  }),
];

/** Some take everybody first and look at them then. */
const SORTED_OUT_MS = 20_000;
