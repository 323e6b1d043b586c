import { Bitfield, Geometry } from '@unchoke/pieces';
import { encodeHandshake, encodeReserved } from '@unchoke/wire';
import { describe, expect, test } from 'vitest';
import { LIMITS, Torrent, type TorrentAction } from '../src/index.js';
import { Stage } from './puppet.js';

const INFO_HASH = new Uint8Array(20).fill(0xab);
const HOUR = 3_600_000;

describe('a peer of no use', () => {
  test('that gets the last piece from others is let go, when we have everything', () => {
    const stage = new Stage({ isComplete: true });
    const leech = stage.join('198.51.100.1');
    leech.say({ type: 'have-none' });
    const { pieceCount } = stage.geometry;
    for (let piece = 0; piece < pieceCount; piece++) {
      expect(leech.closeReason).toBeUndefined();
      leech.say({ type: 'have', piece });
    }
    expect(leech.closeReason).toBe('both-complete');
  });

  test('that greets and goes each time is dialled after longer and longer pauses, and not forgotten', () => {
    const dialsMs = dialFor(3 * HOUR, new Uint8Array(20).fill(2));
    const pauses = dialsMs.slice(1).map((timeMs, index) => timeMs - dialsMs[index]!);
    expect(pauses.slice(0, 3)).toEqual([5000, 7500, 11_250]);
    expect(pauses.at(-1)).toBe(LIMITS.retryMaxMs);
  });

  test('that is ourselves is dialled once', () => {
    expect(dialFor(HOUR, new Uint8Array(20).fill(1))).toHaveLength(1);
  });

  test('that never reads what it asked for is let go, however much it says', () => {
    const stage = new Stage({ isComplete: true });
    const leech = stage.join('198.51.100.1');
    stage.do(stage.torrent.handle({ type: 'socket-crowded', peer: leech.key }, stage.nowMs));
    for (let passedMs = 0; passedMs < LIMITS.idleTimeoutMs; passedMs += 30_000) {
      expect(leech.closeReason).toBeUndefined();
      leech.say({ type: 'keep-alive' });
      stage.passTime(30_000);
    }
    expect(leech.closeReason).toBe('idle-timeout');
  });
});

/** When one address is dialled, if whoever is there greets with this id and closes. */
function dialFor(durationMs: number, peerId: Uint8Array): readonly number[] {
  const geometry = new Geometry({ totalLength: 100_000, pieceLength: 32_768 });
  let keys = 0;
  const torrent = new Torrent({
    infoHash: INFO_HASH,
    peerId: new Uint8Array(20).fill(1),
    port: 6881,
    geometry,
    have: Bitfield.empty(geometry.pieceCount),
    nextPeerKey: () => ++keys,
    randomBelow: () => 0,
  });
  const greeting = encodeHandshake({ reserved: encodeReserved({ fast: true }), infoHash: INFO_HASH, peerId });
  const dialsMs: number[] = [];
  const perform = (actions: readonly TorrentAction[], nowMs: number) => {
    for (const action of actions) {
      if (action.type !== 'open-socket') continue;
      const { peer } = action;
      dialsMs.push(nowMs);
      perform(torrent.handle({ type: 'socket-opened', peer }, nowMs), nowMs);
      perform(torrent.handle({ type: 'bytes-received', peer, bytes: greeting }, nowMs), nowMs);
      perform(torrent.handle({ type: 'socket-closed', peer, reason: 'remote-closed' }, nowMs), nowMs);
    }
  };
  perform(torrent.handle({ type: 'torrent-started' }, 0), 0);
  perform(torrent.handle({ type: 'peers-found', addresses: [{ host: '198.51.100.1', port: 6881 }] }, 0), 0);
  for (let nowMs = 0; nowMs < durationMs; ) {
    nowMs = Math.max(nowMs + 1, Math.min(durationMs, torrent.deadlineMs ?? durationMs));
    perform(torrent.handle({ type: 'time-passed' }, nowMs), nowMs);
  }
  return dialsMs;
}
