import { createServer } from 'node:net';

const taken = new Set<number>();

/** A port that nobody listens on and that was not given away before: programs want a number, not the listening socket. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));
    if (!taken.has(port)) {
      taken.add(port);
      return port;
    }
  }
}
