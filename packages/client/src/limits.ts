/**
 * Every bound of a torrent and of a session.
 *
 * @example
 * ```ts
 * import { LIMITS } from '@unchoke/client';
 *
 * console.assert(LIMITS.peersPerTorrentMax === 50);
 * ```
 */
export const LIMITS = {
  /** Connections of one torrent. More bring little: four good ones fill a line, fifty find them. */
  peersPerTorrentMax: 50,
  /** Connections of all torrents together, as in libtorrent and transmission. */
  peersMax: 200,
  /** Dials under way: routers at home lose track of more (reliability: half-open sockets). */
  halfOpenMax: 20,
  /**
   * Places of a torrent that we fill by dialling. The others are for those who dial us: where everybody fills all places, nobody
   * lets a newcomer in, and whoever lacks one peer tries them all.
   */
  dialledShare: 0.8,
  /** Who has all it wants dials while fewer are connected: twice what its slots take. More come by themselves, and find room. */
  takersSought: 10,
  /** After as many dials one more each time this has passed: in a simulated swarm of 700 that is an eighth of the dials. */
  takerSeekMs: 5_000,
  /** Dials that begin in a second on average. With what has gathered in a pause, half a second's worth, never more than 30. */
  dialsPerSecond: 20,
  /** Connections from one host to one torrent: more are one person pretending to be many. Loopback and private networks are free. */
  peersPerHostMax: 1,
  /** Who has connected and not sent its handshake: beyond it the oldest goes, so that a flood pushes out itself. */
  strangersMax: 400,
  /** What a peer did counts half after so long: people and lines change. */
  scoreHalfLifeMs: 600_000,
  /** A newcomer replaces a useless peer only when it is better by so much: otherwise they would take turns. */
  scoreMargin: 1,
  /** Addresses remembered to be dialled later. Trackers and strangers name far more than can be tried. */
  candidatesMax: 2000,
  /** A dial takes so long at most. */
  dialTimeoutMs: 10_000,
  /** The whole handshake, whatever drips in: a stranger that needs longer is no use. */
  handshakeTimeoutMs: 15_000,
  /** BEP 3: peers speak at least every two minutes; a little more for a slow line. */
  idleTimeoutMs: 150_000,
  /** BEP 3: keep-alives are sent every two minutes. */
  keepAliveMs: 110_000,
  /** A peer that was asked and sent no block for so long: its requests go to others. A slow line still brings one in that time. */
  requestTimeoutMs: 20_000,
  /** The same when nothing else is left to ask for: then everything waits for that one peer, and others could be asked. */
  endgameTimeoutMs: 5_000,
  /** It is then asked nothing for so long, the first time; twice as long each further time. */
  restFirstMs: 30_000,
  /** The longest such rest: it may be the only one that has a piece. */
  restMaxMs: 300_000,
  /** What a peer refused while it serves us is asked of it again after so long: a failed read of its disk may be over by then. */
  rejectedRestMs: 30_000,
  /** A peer that keeps us waiting for so long is snubbing us (BEP 3, anti-snubbing): it gets no slot for its past. */
  snubMs: 60_000,
  /** Blocks asked for ahead of their arrival, at least: two round trips never find a peer idle. */
  pipelineMin: 8,
  /** … and at most: 8 MiB under way on one connection. */
  pipelineMax: 512,
  /**
   * Blocks under way and not verified, of a peer of which no piece was right yet: those of one piece, and at least so many. Small
   * pieces need it to keep a line busy, and what a poisoner can spoil is little.
   */
  unprovenBlocksMin: 8,
  /** Pieces that a peer has itself and was not told that we have: then it is told without requests. A few seconds at full speed. */
  untoldMax: 64,
  /**
   * Requests of one peer that wait to be answered. rtorrent, which has no rejects, asks for more the faster it is, whatever it was
   * told: with 500, a transfer over loopback lost requests and stalled; with 2000 it completes.
   */
  uploadQueueMax: 2000,
  /** … and what we tell it of (`reqq`, BEP 10): as many as we would ask for. Of libtorrent, more took 4 MB and brought nothing. */
  uploadQueueTold: 512,
  /** Blocks of one peer that are read from disk and not yet sent: 1 MiB, four reads. With half as much a seed's threads wake each other twice as often. */
  uploadLoadsMax: 64,
  /**
   * Unsent bytes of one peer's socket above which we stop answering until it drained. The system's own buffer, which grows to
   * several MiB where a line needs it, keeps the line busy meanwhile; four times as much here was no faster, and 6 MB more.
   */
  unsentBytesMax: 262_144,
  /** Pieces that a peer gets while it is choked, until it has so many (BEP 6, Allowed Fast, suggests 10) … */
  allowedFastMax: 10,
  /** … and not more than one in so many of the torrent: in a small one they would be nearly all of it. */
  allowedFastShare: 10,
  /** BEP 3, choking: every ten seconds who is unchoked is decided anew. */
  rechokeMs: 10_000,
  /** Every so many decisions another peer gets the optimistic slot: 30 seconds. */
  optimisticRounds: 3,
  /** Peers we upload to at once, the optimistic one not counted. */
  uploadSlots: 4,
  /** The same when the number follows from the upload limit: more than are connected to one torrent never ask. */
  uploadSlotsMax: 50,
  /**
   * Requests that a peer may send without being allowed to, from one unchoke to the next, before it is closed. All that were
   * under way may cross our choke, and nobody honest has more under way than we would (`pipelineMax`).
   */
  strayRequestsMax: 600,
  /** What a rate limit lets through at once, at least: one block, or nothing would ever fit. */
  burstBytesMin: 16_384,
  /** … and otherwise what it lets through in so long: timers are late at times, and what they missed is caught up with. */
  burstMs: 500,
  /** First wait before an address is dialled again after a failure; then half as long again each time. */
  retryFirstMs: 5_000,
  /** The longest such wait: an address that failed that often is worth one look in five minutes. */
  retryMaxMs: 300_000,
  /** When there is no room, a peer that has nothing for us, or does not send what it was asked for, for so long makes place for another one. */
  uselessMs: 120_000,
  /** The same of a peer that chokes us while nobody gives us anything: by then an optimistic slot of 30 s has gone round ten peers. */
  fruitlessMs: 300_000,
  /** Failed dials in a row after which an address is forgotten. */
  dialFailuresMax: 3,
  /** BEP 11: peers are told about others at most once a minute … */
  pexIntervalMs: 60_000,
  /** … and what comes sooner than this is not looked at: a quarter less, for clocks and lines that vary. */
  pexEarliestMs: 45_000,
  /** Addresses added, and dropped, in one message (BEP 11), and taken from one peer at a time. */
  pexContactsMax: 50,
  /** Messages that came too soon, before the peer is closed. */
  pexStraysMax: 20,
  /** Addresses under which peers say that they see us. Real machines have one or two. */
  ownHostsMax: 8,
  /** How often one peer is given the whole metadata (BEP 9): once, and again after a failure or two. */
  metadataRepeatsMax: 3,
  /** The same for the hashes of the pieces of a v2 torrent (BEP 52, hash request). */
  hashRepeatsMax: 3,
  /** Blocks of a piece that are read and hashed for who asks for their hashes (BEP 52): 8 MiB. The run is 512 at most anyway. */
  leafBlocksMax: 512,
  /** Such reading is for one piece at a time, and begins so often at most: 16 MiB/s at worst. */
  leafRestMs: 500,
  /** … and for the same peer so often: whoever finds a false block in a piece asks once. */
  leafPeerRestMs: 5_000,
  /** Requests for such hashes that are under way at one peer, when a magnet link lacks them: 16 KiB each, so 64 KiB. */
  hashPipelineMax: 4,
  /** One that takes longer goes to another peer: 16 KiB in 20 s is slower than any line that is of use. */
  hashTimeoutMs: 20_000,
  /** After a reject or a time-out a peer is asked for no hashes for so long, twice as long each time: it may not have them yet. */
  hashRestMs: 5_000,
  /** How often that doubles; a peer is then asked every five minutes. */
  hashRestDoublingsMax: 6,
  /** Before the metadata is known a peer that has none itself keeps its place for so long: it may know others that have. */
  metadataPatienceMs: 60_000,
  /** Bytes of a torrent file that is fetched from the web, unpacked. The largest in the wild have some tens of MiB. */
  fetchBytesMax: 67_108_864,
  /** Fetching it takes so long at most, redirects included. */
  fetchTimeoutMs: 60_000,
  /** A ratio is reached when bytes were handed over. The last ones get so long to arrive before connections are closed. */
  goalGraceMs: 1_000,
  /** What was given is written down so often while it changes: a run that is killed forgets that much at most. */
  recordSaveMs: 60_000,
  /** Notices that wait for a reader of `events()`. One who is slower than that gets the latest, and the number of the rest. */
  noticesMax: 1_000,
} as const;
