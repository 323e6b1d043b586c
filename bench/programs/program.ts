/** Where one run of a program happens. */
export interface Place {
  readonly address: string;
  readonly port: number;
  /** For what it keeps beside the data; kept from one run to the next for a seed. */
  readonly home: string;
  /** The folder that the data is in, or comes to. */
  readonly data: string;
  readonly torrent: string;
  /** A file to make when all is there, for programs that do not end then. */
  readonly mark: string;
}

export type Role = 'seed' | 'leech';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** A BitTorrent program as this bench runs it. */
export interface Program {
  readonly name: string;
  /** Why it cannot take part; undefined when it can. */
  readonly missing: () => string | undefined;
  /** Prepares a run, and says how to start it. */
  readonly command: (role: Role, place: Place) => Command;
  /** How a leech says that it is done: it ends, or makes the mark. */
  readonly isDoneBy: 'exit' | 'mark';
  /** A seed that hangs up on it, and why: as a leech it takes from another. */
  readonly hungUpOnBy?: { readonly name: string; readonly why: string };
}
