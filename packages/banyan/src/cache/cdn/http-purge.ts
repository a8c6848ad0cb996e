import { isDeclared, type Clock } from '../../core/index.ts'
import { cacheErrors } from '../cache-errors.ts'
import type { TagPurge } from './tag-purge.ts'

export interface HttpPurgeOptions {
  /** `http://cdn:6081/`; with `{tag}` in it one request for each tag, without it some tags in each request's header. */
  readonly url: string
  /** Default `PURGE`. */
  readonly method?: string
  /** Carries the tags, separated by spaces. Default `xkey-purge`. */
  readonly header?: string
  /** A header that lets us in: `Authorization: Bearer …`. */
  readonly credential?: readonly [name: string, value: string] | null
  readonly clock: Clock
  /** For each request. Default 5,000. */
  readonly timeoutMs?: number
}

/** A tag has at most 128 characters, and a header of 8 KB is taken everywhere. */
const TAGS_A_REQUEST = 32
const PLACE = '{tag}'

/** Asks over HTTP: Varnish with our configuration, Fastly's `Surrogate-Key`, whatever has a URL for a tag. */
export function createHttpPurge(options: HttpPurgeOptions): TagPurge {
  const { url, method = 'PURGE', header = 'xkey-purge', credential = null } = options
  // Two caches may have one host. What is asked for behind the question mark may be a secret.
  const name = url.split('?', 1)[0]!
  const common = credential ? { [credential[0]]: credential[1] } : {}
  const inUrl = url.includes(PLACE)

  return {
    name,
    async purge(tags, signal) {
      const size = inUrl ? 1 : TAGS_A_REQUEST
      for (let at = 0; at < tags.length; at += size) {
        const some = tags.slice(at, at + size)
        const headers = inUrl ? common : { ...common, [header]: some.join(' ') }
        const target = url.replaceAll(PLACE, encodeURIComponent(some[0]!))
        await send(options, { name, target, signal, count: some.length, init: { method, headers } })
      }
    },
  }
}

interface Sending {
  readonly name: string
  readonly target: string
  readonly signal: AbortSignal
  readonly count: number
  readonly init: RequestInit
}

async function send({ clock, timeoutMs = 5_000 }: HttpPurgeOptions, sending: Sending): Promise<void> {
  const { name: cache, target, signal, count, init } = sending
  const limit = new AbortController()
  const cancel = clock.schedule(timeoutMs, () => limit.abort())
  try {
    // A redirect would carry the credential elsewhere.
    const within = { signal: AbortSignal.any([signal, limit.signal]), redirect: 'error' } as const
    const response = await fetch(target, { ...init, ...within })
    await response.body?.cancel()
    if (!response.ok) throw cacheErrors.PURGE_FAILED({ cache, count, fault: `it answered ${response.status}` })
  } catch (error) {
    if (isDeclared(error)) throw error
    const fault = limit.signal.aborted ? `no answer within ${timeoutMs} ms` : 'the connection broke'
    throw cacheErrors.PURGE_FAILED({ cache, count, fault }, { cause: error })
  } finally {
    cancel()
  }
}
