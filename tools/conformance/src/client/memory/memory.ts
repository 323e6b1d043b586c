import type { Case } from '../../case.js';
import { notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import { unchoked } from '../seeding/serving.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const MIB = 1024 * 1024;
/** Half of what is thrown at it: whoever keeps all of it is far beyond, and no garbage collector comes near. */
const GROWTH_BYTES_MAX = 128 * MIB;
const MEMORY = { level: 'SAFE', section: 'reliability', profile: 'full', alone: true, timeoutS: 150 } as const;

export const memoryCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'safe/memory/length-prefix', ...MEMORY, reason: 'transmission#9082' },
    rule: 'It grows by less than 128 MiB while a peer pours out the 256 MiB that it announced.',
    play: async (stage) => await floodedBy(stage, 'length-prefix-flood'),
  }),
  clientCase({
    ...{ id: 'safe/memory/junk', ...MEMORY },
    rule: 'It grows by less than 128 MiB under a flood of messages that nobody knows.',
    play: async (stage) => await floodedBy(stage, 'junk-flood'),
  }),
  clientCase({
    // It waits for a tracker that packs 256 MiB, so others may run beside it.
    ...{ id: 'safe/memory/gzip-bomb', level: 'SAFE', section: 'reliability', profile: 'full' },
    rule: 'It grows by less than 128 MiB when the answer of a tracker unpacks to 256 MiB.',
    stage: { scenario: { rules: [{ do: { http: { encoding: 'gzip-bomb', bombBytes: 256 * MIB } } }] } },
    play: async (stage) => {
      await stage.start();
      const growth = watched(stage);
      await stage.until(() => stage.tracker.requests.length > 0, 30_000, 'an announce');
      await judged(stage, growth, BOMB_MS);
    },
  }),
  clientCase({
    ...{ id: 'safe/memory/never-read', ...MEMORY, needs: ['seeds'] },
    rule: 'It grows by less than 128 MiB when a peer asks for 320 MiB and reads nothing of it.',
    play: async (stage) => {
      const asker = await unchoked(stage);
      const growth = watched(stage);
      asker.tell([
        { type: 'pause-reading' },
        { type: 'send', message: { type: 'request', piece: 'each', begin: 0, length: 16_384 }, times: 10_000 },
        { type: 'send', message: { type: 'request', piece: 'each', begin: 0, length: 16_384 }, times: 10_000 },
      ]);
      await judged(stage, growth);
    },
  }),
];

async function floodedBy(stage: Stage, behaviour: string): Promise<void> {
  await stage.start();
  const growth = watched(stage);
  const liar = await stage.seed({ behaviour });
  await stage.meet(liar);
  await stage.until(() => liar.hasFired || liar.closed > 0, 40_000, 'the misbehaving peer to have its turn');
  await judged(stage, growth);
}

/** From now on its memory is looked at; tells by how much it has grown at most. */
function watched(stage: Stage): () => number {
  const now = (): number | undefined => stage.running?.memory?.();
  const before = now();
  if (before === undefined) notApplicable('its memory cannot be seen on this system');
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, now() ?? 0);
  }, LOOK_MS);
  stage.kit.onClose(() => clearInterval(timer));
  return () => most - before;
}

async function judged(stage: Stage, growth: () => number, duringMs: number = FLOOD_MS): Promise<void> {
  await stage.never(() => {
    const bytes = growth();
    return bytes > GROWTH_BYTES_MAX && `it grew by ${Math.round(bytes / MIB)} MiB`;
  }, duringMs);
  stage.kit.log({ grewByBytes: growth() });
}

const LOOK_MS = 250;
/** Long enough for a flood to come through, and for whoever keeps it to have kept it. */
const FLOOD_MS = 5_000;
/** A tracker takes its time to pack so much, and so does whoever unpacks it. */
const BOMB_MS = 20_000;
