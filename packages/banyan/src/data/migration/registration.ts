import type { Clock } from '../../core/index.ts'
import type { Database } from '../database.ts'
import { DEREGISTER, REGISTER, REGISTRATION_MS, type ReleasedProcess } from './releases.ts'

/** Keeps a process written into a schema as long as it lives; `migrate` has written it in. */
export interface Registration {
  /** Writes it out. Idempotent. */
  stop(): Promise<void>
}

export interface RegistrationOptions {
  readonly database: Database
  readonly process: ReleasedProcess
  readonly clock: Clock
}

export function startRegistration({ database, process: { name, release }, clock }: RegistrationOptions): Registration {
  let cancel: () => void = () => undefined
  let renewing: Promise<unknown> = Promise.resolve()
  let stopping: Promise<void> | null = null

  function renewLater(): void {
    cancel = clock.schedule(REGISTRATION_MS / 4, () => {
      // A database that is away says so itself; three renewals may fail before anybody takes the process for gone.
      renewing = database.query(REGISTER, [name, release, REGISTRATION_MS]).catch(() => undefined)
      renewLater()
    })
  }

  async function end(): Promise<void> {
    cancel()
    await renewing
    // Where it cannot be written out it is forgotten anyhow, a little later.
    await database.query(DEREGISTER, [name, release]).catch(() => undefined)
  }

  renewLater()
  return {
    stop: () => (stopping ??= end()),
  }
}
