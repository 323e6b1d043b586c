import { afterEach, expect, test } from 'vitest';
import { Announcer, type AnnouncerEvent } from '../src/index.js';
import { type AnnounceTotals, performAnnounce } from '../src/node/index.js';
import { hex, latin1 } from './samples.js';
import { type HandMade, politeUdp, serveHttp, serveUdp } from './servers.js';

const HASH = new Uint8Array(20).fill(0x68);
const TOTALS: AnnounceTotals = { infoHash: HASH, peerId: HASH, port: 6881, uploaded: 1, downloaded: 2, left: 3 };

const open: HandMade[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** Gives an announcer what it wants until it wants nothing, as a client would, and collects the peers. */
async function run(announcer: Announcer, first: AnnouncerEvent, options = {}): Promise<readonly string[]> {
  const peers: string[] = [];
  const events = [first];
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    for (const action of announcer.handle(event, performance.now())) {
      if (action.type === 'announce') events.push(await performAnnounce(action, TOTALS, options));
      if (action.type === 'add-peers') peers.push(...Array.from(action.peers, ({ host, port }) => `${host}:${port}`));
    }
  }
  return peers;
}

const randomBelow = (bound: number): number => bound - 1;

test('a whole life over two protocols: a dead tracker, a refusing one, a good one', async () => {
  const dead = await serveHttp(() => {});
  await dead.close();
  const refusing = await serveHttp((_request, response) => response.end(latin1('d14:failure reason2:noe')));
  const good = await serveUdp(politeUdp(hex('7f000001 1ae1 7f000001 1ae2')));
  open.push(refusing, good);
  const tiers = [
    [`http://127.0.0.1:${dead.port}/announce`],
    [`http://127.0.0.1:${refusing.port}/announce`],
    [`udp://127.0.0.1:${good.port}`],
  ];
  const announcer = new Announcer({ tiers, randomBelow, port: 6881, own: [{ host: '127.0.0.1', port: 6881 }] });
  expect(await run(announcer, { type: 'torrent-started' })).toEqual(['127.0.0.1:6882']);
  expect(announcer.trackers.map(({ state }) => state)).toEqual(['backing-off', 'backing-off', 'working']);
  expect(announcer.trackers[1]?.problem).toContain('the tracker refused: no');
  await run(announcer, { type: 'torrent-completed' });
  await run(announcer, { type: 'torrent-stopped' });
  expect(announcer.phase).toBe('idle');
  expect(good.seen.filter((kind) => kind === 'announce')).toHaveLength(3);
});

test('says over HTTP what the announcer and the torrent want said, the tracker id included', async () => {
  const { seen, ...server } = await serveHttp((_request, response) =>
    response.end(latin1('d8:intervali1800e5:peers0:10:tracker id2:\x01ae')),
  );
  open.push({ seen, ...server });
  const announcer = new Announcer({
    announce: `http://127.0.0.1:${server.port}/announce`,
    randomBelow,
    families: [4, 6],
  });
  await run(announcer, { type: 'torrent-started' });
  await run(announcer, { type: 'torrent-stopped' });
  const hash = 'h'.repeat(20);
  const fixed = `/announce?info_hash=${hash}&peer_id=${hash}&port=6881&uploaded=1&downloaded=2&left=3`;
  // Over IPv6 an IPv4 address cannot be reached; that is no failure of the tracker.
  expect(seen).toEqual([
    expect.stringContaining('left=3&event=started&numwant=50&key=FFFFFFFF'),
    `${fixed}&event=stopped&numwant=0&key=FFFFFFFF&compact=1&trackerid=%01a`,
  ]);
  expect(announcer.trackers[0]).toMatchObject({ announceCount: 3, answerCount: 2, failureCount: 0 });
});

test('what cannot be announced at all is our own mistake', async () => {
  const announcer = new Announcer({ announce: 'udp://127.0.0.1:9', randomBelow });
  const [action] = announcer.handle({ type: 'torrent-started' }, 0);
  if (action?.type !== 'announce') throw new Error('nothing to announce');
  await expect(performAnnounce(action, { ...TOTALS, infoHash: new Uint8Array(1) })).rejects.toMatchObject({
    code: 'bad-field',
  });
  const ended = await performAnnounce(action, TOTALS, { signal: AbortSignal.abort() });
  expect(ended).toMatchObject({ type: 'announce-failed', exchange: 1, problem: { code: 'aborted' } });
});
