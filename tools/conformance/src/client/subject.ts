/** What a client can be asked for; what it cannot makes cases not applicable. */
export interface ClientTraits {
  /** It can be told to seed. */
  readonly seeds: boolean;
  /** It takes magnet links. */
  readonly takesMagnets: boolean;
  /** It dials peers of 127.0.0.0/8 that a tracker names. */
  readonly dialsLoopback: boolean;
  /** It listens where it is told. */
  readonly listens: boolean;
  /** Its process ends by itself when a download is complete. */
  readonly exits: boolean;
}

/** A client that can be started again and again. */
export interface ClientSubject {
  /** With its version, where it is known. */
  readonly name: string;
  readonly traits: ClientTraits;
  /** What asks it to end in good order; default SIGTERM. */
  readonly endSignal?: 'SIGTERM' | 'SIGINT';
  /** Ends the case through `notStarted` when there is no process. */
  start(job: Job): Promise<RunningClient>;
}

/** What one process of the client is to do. */
export interface Job {
  readonly mode: 'download' | 'seed' | 'magnet';
  readonly torrentPath: string;
  readonly magnet: string;
  /** The folder that receives, or holds, what the torrent names. */
  readonly out: string;
  /** The file or folder of the torrent itself, inside `out`. */
  readonly data: string;
  /** For settings and what it wants to remember; the same for every start of one case. */
  readonly state: string;
  readonly port: number;
  /** Free, too, for programs that want one for something else. */
  readonly secondPort: number;
  readonly tracker: string;
  /** `host:port` of a peer, or empty. */
  readonly peer: string;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One process of the client. */
export interface RunningClient {
  readonly exited: Promise<Exit>;
  /** The resident memory of all its processes in bytes, where the system tells. */
  memory?(): number | undefined;
  /** The end of what it printed. */
  output(): string;
  /** Asks it to end; SIGKILL does not ask. Its whole process group gets the signal. */
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
}
