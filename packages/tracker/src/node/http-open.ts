import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { checkFamily, networkError } from './network-error.js';
import type { TrackerOptions } from './options.js';
import { type Origin, TargetRule } from './target.js';

/** Sends one request and resolves with the head of the answer. */
export async function openResponse(
  target: URL,
  origin: Origin,
  options: TrackerOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const rule = new TargetRule(target, origin, options.allowLocalTargets ?? false);
  rule.checkLiteral(target);
  checkFamily(target.hostname.replace(/^\[|\]$/g, ''), options.family);
  const agent = typeof options.agent === 'function' ? options.agent(target) : options.agent;
  const settings: RequestOptions = {
    headers: { 'user-agent': options.userAgent ?? 'Unchoke', 'accept-encoding': 'gzip' },
    lookup: rule.lookup,
    signal,
    ...(agent === undefined ? {} : { agent }),
    ...(options.family === undefined ? {} : { family: options.family }),
    ...(target.protocol === 'https:' ? options.tls : {}),
  };
  const response = await send(target, settings);
  if (response !== 'stale') return response;
  // Once more, over a new connection; a caller's agent opens its own.
  const second = await send(target, agent === undefined ? { ...settings, agent: false } : settings);
  if (second !== 'stale') return second;
  throw networkError(new Error('it closed the connection'), target.hostname);
}

/**
 * `stale`: the request went into a kept connection that the tracker had closed meanwhile without a word, as opentracker
 * does after every answer. Nothing was answered, so asking again is safe.
 */
function send(target: URL, settings: RequestOptions): Promise<IncomingMessage | 'stale'> {
  return new Promise((resolve, reject) => {
    const request = target.protocol === 'https:' ? requestHttps(target, settings) : requestHttp(target, settings);
    let response: IncomingMessage | undefined;
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      if (isClosed && request.reusedSocket && response === undefined) resolve('stale');
      else reject(networkError(error, target.hostname));
      // Once there is a response, only its reader can hear why it breaks off.
      response?.destroy(error);
    });
    request.on('response', (received) => {
      response = received;
      resolve(received);
    });
    request.end();
  });
}
