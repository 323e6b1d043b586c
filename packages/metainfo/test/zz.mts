import { createTorrent } from '@unchoke/metainfo/node';
import { formatMagnet } from '@unchoke/metainfo';
import { writeFileSync } from 'node:fs';
for (const version of ['v1','v2','hybrid'] as const) {
  const t=performance.now();
  const { bytes, metainfo, skipped } = await createTorrent(process.argv[2]!, { version, creationDate: 0 });
  console.log(version, (performance.now()-t).toFixed(0)+' ms', metainfo.files.length, metainfo.pieceLength, formatMagnet(metainfo), skipped, process.memoryUsage().rss/1e6, process.resourceUsage().maxRSS/1e3);
  writeFileSync('/tmp/mi/ours-'+version+'.torrent', bytes);
}
