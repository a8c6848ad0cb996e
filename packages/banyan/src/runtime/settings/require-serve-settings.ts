import { coreErrors } from '../../core/index.ts'
import { addressSettingOf, databaseSettingOf } from '../services/databases.ts'
import type { PlannedProcess } from '../plan-process.ts'
import type { Environment } from '../process-options.ts'

/**
 * Whether a process that nobody supervises has been told all that it needs.
 * @throws `api.INVALID_OPTIONS` naming everything that is not set, and to what to set it.
 */
export function requireServeSettings(planned: PlannedProcess, environment: Environment): void {
  const faults = [
    ...secretFaults(environment),
    ...databaseFaults(planned, environment),
    ...linkFaults(planned, environment),
  ]
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject: 'The settings', faults: faults.join(' ') })
}

/** Each process would make its own, and none would believe the others. */
function secretFaults(environment: Environment): string[] {
  const cures = {
    BANYAN_SECRET: 'at least 32 random characters, the same in every process, e.g. of: openssl rand -hex 32',
    TOKEN_KEYS: 'id:secret, the same in every process, the secret at least 32 characters',
  }
  return Object.entries(cures)
    .filter(([name]) => !environment[name])
    .map(([name, cure]) => `${name} is not set. Set it to ${cure}.`)
}

/** An embedded server serves one process only. */
function databaseFaults({ services }: PlannedProcess, environment: Environment): string[] {
  if (environment.DATABASE_URL) return []
  return services
    .map(({ contract }) => databaseSettingOf(contract.name))
    .filter((setting) => !environment[setting])
    .map((setting) => `${setting} is not set. Set it, or DATABASE_URL, to postgres://user:password@host:5432/name.`)
}

function linkFaults({ settings, services, needs }: PlannedProcess, environment: Environment): string[] {
  const isUnreachable = services.length > 0 && !settings.BANYAN_ADDRESS
  const unset = needs.map(addressSettingOf).filter((setting) => !environment[setting])
  return [
    ...(isUnreachable ? [NO_ADDRESS] : []),
    ...unset.map((setting) => `${setting} is not set. Set it to ${EXPECTED}.`),
  ]
}

const EXPECTED = 'tcp://host:port (several with commas) or dns://name:port'
const NO_ADDRESS = 'BANYAN_ADDRESS is not set. Set it to where this process is to be reached, e.g. tcp://0.0.0.0:4101.'
