/** A tracker, as the kit sees it. */
export interface TrackerSubject {
  readonly name: string;
}
