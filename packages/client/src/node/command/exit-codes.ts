/** What the command ends with. The numbers are those of aria2 where it has one, so that scripts carry over. */
export const EXIT = {
  ok: 0,
  unknown: 1,
  timeout: 2,
  notFound: 3,
  unfinished: 7,
  fileError: 17,
  badBencode: 25,
  badTorrent: 26,
  badOption: 28,
  checksum: 32,
  interrupted: 130,
  terminated: 143,
} as const;
