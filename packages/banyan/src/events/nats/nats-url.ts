import type { ConnectionOptions } from '@nats-io/transport-node'

/**
 * One entry for each server that the text names.
 * @throws Error whose message says what is allowed, for whoever reads all settings at once.
 */
export function parseNatsUrl(text: string): readonly ConnectionOptions[] {
  return text.split(',').map((part) => toOptions(part.trim()))
}

function toOptions(text: string): ConnectionOptions {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url?.hostname || !SCHEMES.includes(url.protocol)) {
    throw new Error('must be URLs beginning with nats:// or tls://, separated by commas')
  }
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  return {
    servers: [`${url.hostname}:${url.port || '4222'}`],
    ...(pass ? { user, pass } : user ? { token: user } : {}),
    ...(url.protocol === 'tls:' ? { tls: {} } : {}),
  }
}

const SCHEMES = ['nats:', 'tls:']
