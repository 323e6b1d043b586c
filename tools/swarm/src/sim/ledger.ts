/** What one member did, counted on the wire. */
export class Ledger {
  sentBlocks = 0;
  sentBytes = 0;
  storedBlocks = 0;
  requests = 0;
  cancels = 0;
  rejects = 0;
  chokes = 0;
  unchokes = 0;
  rejectedPieces = 0;
  bans = 0;
  crashes = 0;
  startedMs = 0;
  completedMs: number | undefined;
  /** Bytes of blocks it took and could not use. */
  wastedBytes = 0;
}
