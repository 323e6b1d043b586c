import { open } from 'node:fs/promises';
import type { Content } from '@unchoke/mock-peer';

const COPY_BYTES = 2 ** 20;

export async function writeContent(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (let offset = 0; offset < content.length; offset += COPY_BYTES) {
      await file.write(content.read(offset, Math.min(COPY_BYTES, content.length - offset)));
    }
  } finally {
    await file.close();
  }
}

/** Compares a file with the truth. Answers the first byte that differs or is missing, if any. */
export async function firstDifference(path: string, content: Content): Promise<number | undefined> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(COPY_BYTES);
    for (let offset = 0; offset < content.length; offset += COPY_BYTES) {
      const length = Math.min(COPY_BYTES, content.length - offset);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      const truth = content.read(offset, length);
      if (bytesRead === length && Buffer.compare(bytes.subarray(0, length), truth) === 0) continue;
      return offset + truth.findIndex((byte, index) => index >= bytesRead || byte !== bytes[index]);
    }
    return undefined;
  } finally {
    await file.close();
  }
}
