import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { coreErrors } from '../../core/index.ts'
import type { TlsMaterial } from '../../mesh/index.ts'
import type { PlatformSettings } from '../process-options.ts'

const SETTINGS = { cert: 'WIRE_TLS_CERT', key: 'WIRE_TLS_KEY', ca: 'WIRE_TLS_CA' } as const

type TlsSettings = Pick<PlatformSettings, (typeof SETTINGS)[keyof typeof SETTINGS]>

/**
 * What this process shows to others and judges theirs by; `null`: wires are in plain text. Read once: a new certificate comes
 * with a rollout.
 * @throws `api.INVALID_OPTIONS` with every fault at once.
 */
export async function readWireTls(settings: TlsSettings): Promise<TlsMaterial | null> {
  const names = Object.values(SETTINGS)
  const missing = names.filter((name) => !settings[name])
  if (missing.length === names.length) return null
  const faults = missing.map((name) => `${name} is not set. Set all of ${names.join(', ')}, or none.`)
  const read = async (name: (typeof names)[number]) => {
    const path = settings[name]
    if (!path) return ''
    return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      faults.push(`${name} names ${path}, which cannot be read: ${error.code}.`)
      return ''
    })
  }
  const [cert, key, ca] = await Promise.all([read(SETTINGS.cert), read(SETTINGS.key), read(SETTINGS.ca)])
  if (faults.length > 0) throw invalid(faults)
  try {
    createSecureContext({ cert, key, ca })
  } catch (cause) {
    throw invalid([`${names.join(', ')} do not go together: ${(cause as Error).message}.`])
  }
  return { cert, key, ca }
}

function invalid(faults: readonly string[]): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'TLS between processes', faults: faults.join(' ') })
}
