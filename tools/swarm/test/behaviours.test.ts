import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TorrentNotice } from '@unchoke/client';
import { Client, type ClientTorrent } from '@unchoke/client/node';
import {
  bundledBehaviour,
  bundledBehaviourNames,
  type MockPeer,
  type MockPeerOptions,
  randomTorrent,
  startMockPeer,
} from '@unchoke/mock-peer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chanceFrom } from '../src/plan.js';
import { VERDICTS, type Verdict } from './verdicts.js';

/** So many work through the list side by side: most of them wait for a time limit, most of the time. */
const LANES = 16;
/** 13 pieces, so that a bitfield has spare bits. */
const short = randomTorrent('400KiB:42', { pieceLength: 32_768 });
const long = randomTorrent('32MiB:42', { pieceLength: 32_768 });
const HOST = '127.0.0.1';
/** Which piece comes first decides what a wrong block is: the same in every run. */
const CHANCE = 1;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'unchoke-behaviours-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there is a verdict on every behaviour, and on nothing else', () => {
  expect([...VERDICTS.keys()].sort()).toEqual(bundledBehaviourNames());
});

/** Each troublemaker meets our client alone, so that it cannot be overlooked; once it was dealt with, an honest peer comes. */
test('every troublemaker is dealt with as the verdicts say, and honest peers come to their own', async () => {
  const pending = [...VERDICTS];
  const failures: string[] = [];
  const work = async () => {
    for (let row = pending.shift(); row !== undefined; row = pending.shift()) {
      const [name, verdict] = row;
      await new Meeting(name, verdict).run().catch((error) => failures.push(`${name}: ${error}`));
    }
  };
  await Promise.all(Array.from({ length: LANES }, work));
  expect(failures).toEqual([]);
}, 900_000);

/** Our client, one troublemaker, and then an honest peer. */
class Meeting {
  readonly #name: string;
  readonly #verdict: Verdict;
  readonly #sample: typeof short;
  readonly #role: 'seed' | 'leech';
  readonly #client: Client;
  readonly #notices: TorrentNotice[] = [];
  readonly #heard = new Map<string, number>();
  readonly #mocks: MockPeer[] = [];
  readonly #honestOddities: string[] = [];

  constructor(name: string, verdict: Verdict) {
    this.#name = name;
    this.#verdict = verdict;
    this.#sample = verdict.isLong ? long : short;
    this.#role = bundledBehaviour(name).role ?? 'seed';
    const { peersPerHostMax } = verdict;
    const randomBelow = chanceFrom(CHANCE);
    this.#client = new Client({
      bind: HOST,
      randomBelow,
      ...(peersPerHostMax === undefined ? {} : { peersPerHostMax }),
    });
  }

  get #weSeed(): boolean {
    return this.#role === 'leech' || this.#verdict.weSeed === true;
  }

  async run(): Promise<void> {
    try {
      const us = { host: HOST, port: await this.#client.listen() };
      const behaviour = bundledBehaviour(this.#name);
      const onRecord: MockPeerOptions['onRecord'] = ({ direction, message }) => {
        if (direction === 'received') this.#heard.set(message, (this.#heard.get(message) ?? 0) + 1);
      };
      const stranger = await this.#start({ role: this.#role, behaviour, onRecord });
      const dialsUs = this.#role === 'leech' || (behaviour.dial !== undefined && this.#name !== 'simultaneous-open');
      const torrent = await this.#add(dialsUs ? [] : [{ host: HOST, port: stranger.port }]);
      if (dialsUs) stranger.dial(us);
      await this.#until(torrent, () => this.#isDealtWith(torrent, stranger));
      await this.#meetHonest(torrent, us);
      this.#judge(torrent);
    } finally {
      await Promise.all([this.#client.close(), ...this.#mocks.map((mock) => mock.close())]);
    }
  }

  async #start(options: Partial<MockPeerOptions>): Promise<MockPeer> {
    const { torrent, content } = this.#sample;
    const held = options.role === 'leech' ? {} : { content };
    const mock = await startMockPeer({ torrent, ...held, ...options });
    this.#mocks.push(mock);
    return mock;
  }

  async #add(peers: readonly { readonly host: string; readonly port: number }[]): Promise<ClientTorrent> {
    const { torrentFile, torrent, content } = this.#sample;
    const path = join(folder, this.#name);
    mkdirSync(path);
    if (this.#weSeed) writeFileSync(join(path, torrent.name), content.read(0, content.length));
    const added = await this.#client.add(torrentFile, { path, trackers: [], peers });
    added.onNotice((notice) => this.#notices.push(notice));
    return added;
  }

  #isDealtWith({ status }: ClientTorrent, stranger: MockPeer): boolean {
    const verdict = this.#verdict;
    switch (verdict.dealtWith) {
      case 'banned':
        return this.#notices.some(
          (notice) => notice.type === 'peer-banned' && verdict.reasons.some((reason) => notice.reason.includes(reason)),
        );
      case 'closed':
        return this.#notices.some((notice) => notice.type === 'peer-closed' && verdict.reasons.includes(notice.reason));
      case 'rested':
        return status.peers.some(({ isStalled }) => isStalled);
      case 'waited for':
        return verdict.why.test(status.why);
      case 'tolerated':
        return this.#role === 'leech'
          ? stranger.heldCount === this.#sample.torrent.pieceCount
          : status.haveCount === status.pieceCount;
      default:
        return true;
    }
  }

  async #meetHonest(torrent: ClientTorrent, us: { readonly host: string; readonly port: number }): Promise<void> {
    const onNotice: MockPeerOptions['onNotice'] = (notice) => {
      // Who asks for another torrent is the client of another lane: it looks for a peer that had this port before.
      if (notice.type !== 'oddity-seen' || notice.oddity === 'unknown-info-hash') return;
      this.#honestOddities.push(`${notice.oddity} ${notice.detail}`);
    };
    // All places may be taken for a while.
    const behaviour = { rules: [], dial: { redialAfterMs: 100, redials: 100_000 } };
    if (!this.#weSeed) {
      const honest = await this.#start({ behaviour, onNotice });
      honest.dial(us);
      await this.#until(torrent, () => torrent.status.haveCount === torrent.status.pieceCount);
      return;
    }
    // One of a host: the troublemaker has the place of ours.
    if (this.#verdict.peersPerHostMax !== undefined) return;
    const honest = await this.#start({ role: 'leech', behaviour, onNotice });
    honest.dial(us);
    await this.#until(torrent, () => honest.heldCount === this.#sample.torrent.pieceCount);
  }

  #judge({ status }: ClientTorrent): void {
    const { torrent, content } = this.#sample;
    const bytes = readFileSync(join(folder, this.#name, torrent.name));
    expect(bytes.equals(content.read(0, content.length)), 'the bytes on disk').toBe(true);
    expect(this.#honestOddities, 'what the honest peer found odd').toEqual([]);
    const banned = this.#notices.filter(({ type }) => type === 'peer-banned').length;
    expect(banned, 'bans').toBe(this.#verdict.dealtWith === 'banned' ? 1 : 0);
    if (this.#verdict.getsNothing) expect(this.#heard.get('piece') ?? 0, 'blocks it got').toBe(0);
    // Twice what there is: once, and once more for what it refused or was too slow with.
    const requestsMax = (2 * content.length) / 16_384 + 16;
    if (this.#verdict.dealtWith === 'waited for') expect(this.#heard.get('request') ?? 0).toBeLessThan(requestsMax);
    expect(status.peers.length).toBeLessThanOrEqual(50);
  }

  /** For as long as it takes; far beyond every time limit it has failed. */
  async #until(torrent: ClientTorrent, isTrue: () => boolean): Promise<void> {
    for (let looks = 0; !isTrue(); looks++) {
      if (looks === 12_000) {
        const { have: _, ...status } = torrent.status;
        throw new Error(
          `not ${this.#verdict.dealtWith}: ${JSON.stringify({ status, notices: this.#notices.slice(0, 20) })}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
