import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { Actor } from '../actor.js';
import { clientCase, needsExtension } from '../client-case.js';
import type { Stage, StagePlan } from '../stage.js';
import type { ClientSubject } from '../subject.js';

const METADATA = 'BEP 9';
const fetches = { needs: ['takesMagnets'] as const, section: METADATA };
/** More than two pieces of metadata: a key that nobody knows counts for the info-hash. */
const LARGE: StagePlan = { torrent: { info: { 'x-padding': 'x'.repeat(40_000) } } };

/** What peers may do to metadata; the honest one is always there, too. */
const BAD = [
  ['wrong-bytes', 'metadata-wrong-bytes', 'sends other bytes'],
  ['garbage', 'metadata-garbage', 'sends garbage'],
  ['reject-all', 'metadata-reject-all', 'rejects every request'],
  ['part-missing', 'metadata-part-missing', 'leaves a part out'],
  ['size-zero', 'metadata-size-zero', 'says that it has 0 bytes'],
  ['size-negative', 'metadata-size-negative', 'says that it has a negative size'],
  ['size-2-gb', 'metadata-size-2-gb', 'says that it has 2 GiB'],
  ['size-2-63', 'metadata-size-2-63', 'says that it has 2^63 bytes'],
  ['size-wrong', 'metadata-size-wrong', 'gives another size'],
] as const;

const own: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep9/magnet/completes', level: 'MUST', ...fetches },
    rule: 'It gets the metadata of a magnet link from a peer, and then the content.',
    play: async (stage) => await magnet(stage, []),
  }),
  clientCase({
    ...{ id: 'bep9/magnet/several-pieces', level: 'MUST', ...fetches, stage: LARGE },
    rule: 'It gets metadata of several pieces.',
    play: async (stage) => await magnet(stage, []),
  }),
  clientCase({
    ...{ id: 'bep10/messages/ids-of-the-receiver', level: 'MUST', section: 'BEP 10', needs: ['takesMagnets'] },
    rule: 'It addresses an extension by the id that the receiver gave it.',
    play: async (stage) => {
      await stage.start('magnet');
      needsExtension(stage, 'extensions');
      const odd = await stage.seed({
        behaviour: [
          {
            when: { on: 'send', message: 'extended-handshake' },
            do: { type: 'alter', fields: { header: { m: { dict: { ut_metadata: 77 } } } } },
          },
        ],
      });
      await stage.meet(odd);
      const [first] = await stage.until(
        () => (odd.heard('metadata-request').length > 0 ? odd.heard('metadata-request') : undefined),
        30_000,
        'a request for metadata',
      );
      if (first?.['id'] !== 77) fail(`it used the id ${String(first?.['id'])}, not 77`);
    },
  }),
  clientCase({
    ...{ id: 'bep9/serving/data', level: 'MUST', section: METADATA, needs: ['seeds'] },
    rule: 'It serves the metadata of a torrent that it has, byte by byte as in the file, if it offers ut_metadata.',
    play: async (stage) => {
      const peer = await asker(stage);
      peer.tell({ type: 'send', message: { type: 'metadata-request', piece: 0 } });
      await stage.until(() => peer.heard('metadata-data').length > 0, 20_000, 'the data');
      const [data] = peer.heard('metadata-data');
      const { infoBytes } = stage.torrent.mock;
      const payload = data?.['payload'] as { readonly bytes?: number; readonly begins?: string };
      const begins = Buffer.from(infoBytes.subarray(0, 16)).toString('hex');
      if (payload.bytes !== infoBytes.length || payload.begins !== begins)
        fail(
          `it sent ${payload.bytes} bytes that begin with ${payload.begins}, not ${infoBytes.length} that begin with ${begins}`,
        );
    },
  }),
  clientCase({
    ...{ id: 'bep9/serving/size', level: 'MUST', section: METADATA, needs: ['seeds'] },
    rule: 'The metadata_size that it gives is the length of the info dictionary.',
    play: async (stage) => {
      const peer = await asker(stage);
      const size = (peer.heard('extended-handshake')[0]?.['header'] as { readonly metadata_size?: unknown })
        ?.metadata_size;
      if (size !== stage.torrent.mock.infoBytes.length)
        fail(`it said ${String(size)}, not ${stage.torrent.mock.infoBytes.length}`);
    },
  }),
  clientCase({
    ...{ id: 'bep9/serving/out-of-range', level: 'SAFE', section: METADATA, needs: ['seeds'] },
    rule: 'It sends no data for a piece of metadata that does not exist.',
    play: async (stage) => {
      const peer = await asker(stage);
      peer.tell([
        { type: 'send', message: { type: 'metadata-request', piece: 1_000 } },
        { type: 'send', message: { type: 'metadata-request', piece: 0 } },
      ]);
      await stage.until(
        () => peer.heard('metadata-data').length + peer.heard('metadata-reject').length > 0 || peer.closed > 0,
        20_000,
        'an answer, or a close',
      );
      const data = peer
        .heard('metadata-data')
        .find(({ header, payload }) => (header as { readonly piece?: unknown }).piece !== 0 && payload !== '');
      if (data !== undefined) fail('it sent data');
      stage.judgeHealth();
    },
  }),
  clientCase({
    ...{ id: 'bep9/serving/flood', level: 'SAFE', section: METADATA, needs: ['seeds'] },
    rule: 'It serves an honest peer while another asks for metadata ten thousand times.',
    play: async (stage) => {
      await stage.startSeed();
      needsExtension(stage, 'extensions');
      await stage.meet(await stage.leech({ behaviour: 'metadata-request-flood' }));
      const leech = await stage.leech();
      await stage.meet(leech);
      await stage.until(
        () => leech.peer.heldCount === stage.torrent.mock.pieceCount,
        60_000,
        'a peer to download everything',
      );
      stage.judgeHealth();
    },
  }),
  clientCase({
    ...{ id: 'bep9/receiving/data-unasked', level: 'SAFE', section: METADATA },
    rule: 'It lives on when metadata comes that it did not ask for.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'extensions');
      await stage.meet(await stage.seed({ behaviour: 'metadata-data-unasked' }));
      await stage.meet(await stage.seed());
      await stage.completes();
    },
  }),
  clientCase({
    ...{ id: 'bep9/receiving/data-oversized', level: 'SAFE', ...fetches, stage: LARGE, profile: 'full', timeoutS: 200 },
    rule: 'It completes a magnet link when metadata comes from one peer that is larger than a piece of it, and rightly from another.',
    play: async (stage) => await magnet(stage, ['metadata-data-oversized']),
  }),
];

export const metadataCases: readonly Case<ClientSubject>[] = [
  ...own,
  ...BAD.map(([id, behaviour, what]) =>
    clientCase({
      ...{ id: `bep9/magnet/${id}`, level: 'SAFE', ...fetches, stage: LARGE, profile: 'full', timeoutS: 200 },
      rule: `It completes a magnet link when a peer ${what} and another one has the right metadata.`,
      play: async (stage) => await magnet(stage, [behaviour]),
    }),
  ),
];

async function magnet(stage: Stage, liars: readonly string[]): Promise<void> {
  await stage.start('magnet');
  for (const behaviour of liars) {
    const liar = await stage.seed({ behaviour });
    await stage.meet(liar);
    await stage.until(() => liar.hasFired || liar.closed > 0, 40_000, 'the misbehaving peer to have its turn');
  }
  // Some close everything and begin anew when they have the metadata.
  await stage.meet(await stage.seed({ behaviour: { dial: { redialAfterMs: 500 }, rules: [] } }));
  await stage.completes(liars.length === 0 ? 60_000 : 130_000);
}

/** A peer that knows the ids of a seeding subject. */
async function asker(stage: Stage): Promise<Actor> {
  await stage.startSeed();
  needsExtension(stage, 'extensions');
  const peer = await stage.leech({
    behaviour: [{ when: { on: 'send', message: 'interested' }, do: { type: 'drop' } }],
  });
  await stage.meet(peer);
  await stage.until(() => peer.heard('extended-handshake').length > 0, 20_000, 'an extended handshake');
  const m = (peer.heard('extended-handshake')[0]?.['header'] as { readonly m?: Record<string, unknown> })?.m ?? {};
  if (m['ut_metadata'] === undefined) notApplicable('it does not offer ut_metadata');
  return peer;
}
