import { describe, expect, test } from 'vitest';
import { Announcer, type AnnouncerOptions } from '../src/index.js';
import { Desk, DOWN, TIERS } from './announcer-desk.js';

describe('tiers (BEP 12)', () => {
  test('are tried in order until one answers, and from the top again next time', () => {
    const desk = new Desk({ tiers: TIERS }).start();
    desk.fail();
    desk.fail();
    expect(desk.look()).toEqual(['0 a started', '0 b started', '0 c started']);
    desk.answer();
    desk.pass(30);
    expect(desk.look()).toEqual(['30 a started']);
    desk.fail();
    desk.fail();
    expect(desk.look()).toEqual(['30 b started', '30 c regular']);
  });

  test('put who answered in front', () => {
    const desk = new Desk({ tiers: [['udp://a', 'udp://b', 'udp://c']] }).start();
    desk.fail();
    desk.answer();
    desk.pass(30);
    desk.answer();
    desk.pass(30);
    expect(desk.look()).toEqual(['0 a started', '0 b started', '30 b regular', '60 b regular']);
    desk.fail();
    desk.fail();
    desk.answer();
    desk.pass(30);
    // The example of BEP 12: tracker3, tracker2, tracker1.
    expect(desk.look()).toEqual(['60 a started', '60 c started', '90 c regular']);
    desk.fail();
    expect(desk.look()).toEqual(['90 b regular']);
  });

  test('are shuffled once, every order as likely', () => {
    const orders = new Map<string, number>();
    let state = 1;
    const randomBelow = (bound: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * bound);
    };
    for (let round = 0; round < 6000; round++) {
      const announcer = new Announcer({ tiers: [['udp://a', 'udp://b', 'udp://c'], ['udp://d']], randomBelow });
      const order = announcer.trackers.map(({ url }) => url.slice(-1)).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
      expect(announcer.trackers.map(({ tier }) => tier)).toEqual([0, 0, 0, 1]);
    }
    expect([...orders.keys()].toSorted()).toEqual(['abcd', 'acbd', 'bacd', 'bcad', 'cabd', 'cbad']);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('outweigh `announce`, which stands in when they are empty', () => {
    const urls = (options: Partial<AnnouncerOptions>): unknown =>
      new Desk(options).announcer.trackers.map(({ url }) => url);
    expect(urls({ tiers: [['udp://a']], announce: 'udp://b' })).toEqual(['udp://a']);
    expect(urls({ tiers: [[], ['']], announce: 'udp://b' })).toEqual(['udp://b']);
    expect(urls({ announce: 'udp://b' })).toEqual(['udp://b']);
    expect(urls({})).toEqual([]);
    expect(
      urls({
        tiers: [
          ['udp://a', 'udp://a'],
          ['udp://a', 'udp://b'],
        ],
      }),
    ).toEqual(['udp://a', 'udp://b']);
  });

  test('may each want an answer of their own', () => {
    const desk = new Desk({ tiers: TIERS, announceTo: 'every-tier' }).start();
    desk.fail(DOWN, 'udp://a');
    desk.answer({}, 'udp://c');
    expect(desk.look()).toEqual(['0 a started', '0 c started', '0 b started']);
  });

  test('are bounded, and skip what is no tracker', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `udp://t${index}`);
    expect(new Desk({ tiers: [many] }).announcer.trackers).toHaveLength(256);
    const desk = new Desk({ tiers: [['wss://a', 'udp://b']] }).start();
    expect(desk.look()).toEqual(['0 b started']);
    expect(desk.announcer.trackers[0]).toMatchObject({ state: 'ended', problem: expect.stringContaining('wss') });
    const nobody = new Desk({ tiers: [['wss://a']] }).start();
    expect(nobody.announcer.deadlineMs).toBeUndefined();
  });
});

describe('events', () => {
  test('started once, completed once, stopped at the end', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.start();
    desk.answer();
    desk.pass(30);
    desk.answer();
    desk.pass(5);
    desk.do({ type: 'torrent-completed' });
    desk.do({ type: 'torrent-completed' });
    desk.answer();
    desk.pass(30);
    desk.answer();
    desk.do({ type: 'torrent-stopped' });
    desk.do({ type: 'torrent-stopped' });
    desk.answer();
    expect(desk.look()).toEqual([
      '0 a started',
      '30 a regular',
      '35 a completed',
      '65 a regular',
      '65 a stopped',
      '65 stopped, 0 unreached',
    ]);
    expect(desk.announcer.phase).toBe('idle');
    expect(desk.announcer.deadlineMs).toBeUndefined();
  });

  test('completed waits for started, and outlives a back-off', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.do({ type: 'torrent-completed' });
    expect(desk.look()).toEqual(['0 a started']);
    desk.answer();
    expect(desk.look()).toEqual(['0 a completed']);
    desk.fail();
    desk.pass(1);
    expect(desk.look()).toEqual(['0.5 a completed']);
    desk.answer();
    desk.do({ type: 'torrent-completed' });
    expect(desk.look()).toEqual([]);
  });

  test('completed is not said of a torrent that was complete before', () => {
    const desk = new Desk({ announce: 'udp://a' });
    desk.do({ type: 'torrent-completed' });
    desk.start();
    desk.answer();
    desk.pass(30);
    expect(desk.look()).toEqual(['0 a started', '30 a regular']);
  });

  test('completed in the moment of stopping is said first', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.answer();
    desk.do({ type: 'torrent-completed' });
    desk.do({ type: 'torrent-stopped' });
    expect(desk.look()).toEqual(['0 a started', '0 a completed']);
    desk.answer();
    expect(desk.look()).toEqual(['0 a stopped']);
    desk.fail();
    expect(desk.look()).toEqual(['0 stopped, 1 unreached']);

    const hasty = new Desk({ announce: 'udp://a' }).start();
    hasty.do({ type: 'torrent-completed' });
    hasty.do({ type: 'torrent-stopped' });
    expect(hasty.look()).toEqual(['0 a started', '0 cancel a', '0 a completed']);
    hasty.fail();
    expect(hasty.look()).toEqual(['0 a stopped']);
    hasty.answer();
    // It was not told: the next run owes it.
    hasty.start();
    hasty.pass(1);
    hasty.answer();
    expect(hasty.look()).toEqual(['0 stopped, 0 unreached', '0 a started', '1 a completed']);
  });

  test('stopped goes to everybody who counts us, even in back-off, and to nobody else', () => {
    const desk = new Desk({ tiers: TIERS }).start();
    desk.answer();
    desk.pass(30);
    desk.fail();
    desk.answer();
    desk.pass(1);
    desk.look();
    desk.do({ type: 'torrent-stopped' });
    expect(desk.look().toSorted()).toEqual(['31 a stopped', '31 b stopped']);
    desk.answer();
    desk.pass(1);
    expect(desk.look()).toEqual(['31.067 cancel a', '31.067 stopped, 1 unreached']);
  });

  test('a start that may have arrived is taken back; without one there is nothing to say', () => {
    const desk = new Desk({ announce: 'udp://a' });
    desk.do({ type: 'torrent-stopped' });
    desk.start();
    desk.do({ type: 'torrent-stopped' });
    expect(desk.look()).toEqual(['0 stopped, 0 unreached', '0 a started', '0 cancel a', '0 a stopped']);
    const down = new Desk({ announce: 'udp://a' }).start();
    down.fail();
    down.do({ type: 'torrent-stopped' });
    expect(down.look()).toEqual(['0 a started', '0 stopped, 0 unreached']);
  });

  test('started again while stopping starts when it has stopped', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.answer();
    desk.do({ type: 'torrent-stopped' });
    desk.start();
    expect(desk.announcer.phase).toBe('stopping');
    desk.answer();
    expect(desk.look()).toEqual(['0 a started', '0 a stopped', '0 stopped, 0 unreached', '0 a started']);
    desk.do({ type: 'torrent-stopped' });
    desk.start();
    desk.do({ type: 'torrent-stopped' });
    desk.answer();
    expect(desk.announcer.phase).toBe('idle');
  });
});
