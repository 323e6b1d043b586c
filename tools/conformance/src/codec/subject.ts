/** A codec or a parser, as the kit sees it. */
export interface CodecSubject {
  readonly name: string;
}
