import { systemClock, systemRandom } from '../core/index.ts'
import { silentLogger } from '../observe/index.ts'
import { createCredentials, type CredentialsOptions } from './identity/create-credentials.ts'

/** What both ends of a wire need in a test: processes of one secret, called `names`. */
export function wireTools(names: readonly string[], more: Partial<CredentialsOptions> = {}) {
  const credentials = createCredentials({ names, secret: Buffer.alloc(32, 7), clock: systemClock, ...more })
  return { clock: systemClock, random: systemRandom, logger: silentLogger, credentials }
}

const WAIT_MS = 5_000

/** Waits for a condition, with a deadline. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + WAIT_MS
  while (!isSo()) {
    if (systemClock.monotonicMs() > endMs) throw new Error(`waited ${WAIT_MS} ms until ${what}`)
    await systemClock.sleep(2)
  }
}
