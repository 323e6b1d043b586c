/** Bounds of what a scenario may ask for; all of it runs in one process on one machine. */
export const LIMITS = {
  /** Sockets and threads' buffers of one process: more members are the simulation's business. */
  membersMax: 200,
  /** Every leech writes a copy to the temporary folder. */
  contentBytesMax: 4_294_967_296,
  /** An hour: whoever wants to watch longer runs a client. */
  timeMsMax: 3_600_000,
  /** Names and texts stand in one line of a terminal. */
  textLengthMax: 500,
  /** Moments kept for a recording; when there are more, every second one goes. */
  momentsMax: 600,
} as const;
