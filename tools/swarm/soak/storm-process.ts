import { connect, type Socket } from 'node:net';
import type { StormOrder } from './storm.js';

/** Four addresses have the ports for all that was closed a moment ago. */
const HOSTS = 4;
const REDIAL_MS = 1_000;
const TICK_MS = 10;

process.once('message', ({ port, connectsPerSecond, halfOpen }: StormOrder) => {
  const counts = { closed: 0, halfOpenDials: 0 };
  const dial = (number: number): Socket =>
    connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${1 + (number % HOSTS)}` })
      .on('error', () => undefined)
      .resume();
  const sayLittle = (number: number): void => {
    counts.halfOpenDials++;
    const socket = dial(number);
    // One in two begins a handshake and stops in the middle.
    if (number % 2 === 0) socket.write('\x13BitTorrent proto');
    socket.once('close', () => setTimeout(sayLittle, REDIAL_MS, number));
  };
  for (let number = 0; number < halfOpen; number++) sayLittle(number);
  const startMs = performance.now();
  let dialled = 0;
  setInterval(() => {
    const due = ((performance.now() - startMs) / 1000) * connectsPerSecond;
    for (; dialled < due; dialled++) {
      const socket = dial(dialled);
      socket.once('connect', () => socket.destroy()).once('close', () => counts.closed++);
    }
  }, TICK_MS);
  process.on('message', () => process.send!(counts));
  process.send!('ready');
});
process.once('disconnect', () => process.exit());
