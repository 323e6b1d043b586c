/**
 * Counts the elementary steps of picking: one look at a piece, one at 32 pieces of a bitfield, one move between
 * buckets. The complexity test holds the picker to it, on any machine, whatever the clock says.
 */
export interface Meter {
  steps: number;
}
