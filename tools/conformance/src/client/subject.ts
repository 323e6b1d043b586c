/** A client, as the kit sees it. */
export interface ClientSubject {
  readonly name: string;
}
