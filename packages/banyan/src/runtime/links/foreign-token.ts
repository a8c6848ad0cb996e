import { coreErrors, type Clock } from '../../core/index.ts'
import { createCredentials } from '../../mesh/index.ts'
import type { AppDefinition } from '../app.ts'
import { dataFolderOf } from '../topology/choose-topology.ts'
import type { Environment } from '../process-options.ts'
import { deriveSecret, findMasterSecret } from '../settings/secrets.ts'

export interface ForeignTokenOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  readonly clock: Clock
  /** Who will show it. */
  readonly caller: string
  /** Which service it is good for. */
  readonly service: string
  readonly days: number
}

export interface ForeignToken {
  readonly token: string
  /** ISO 8601. */
  readonly expiresAt: string
}

/**
 * A token for a process that is none of ours: for one service, in its own name only, never for users. Whoever holds it may call
 * what contracts let that name call.
 * @throws `api.INVALID_OPTIONS` with every fault at once: a name of our own, a service that there is not, no secret.
 */
export async function issueForeignToken(options: ForeignTokenOptions): Promise<ForeignToken> {
  const { app, environment, clock, caller, service, days } = options
  const master = await findMasterSecret({ environment, dataFolder: dataFolderOf(app, environment) })
  const faults = [...nameFaults(options), ...(master === null ? [NO_SECRET] : [])]
  if (faults.length > 0 || master === null) throw invalid(faults)
  const lifeMs = days * DAY_MS
  const secret = deriveSecret(master, 'wire')
  const { issue } = createCredentials({ names: [caller], secret, clock, onBehalf: false, lifeMs })
  return { token: issue(service), expiresAt: new Date(clock.now() + lifeMs).toISOString() }
}

const DAY_MS = 86_400_000
const NAME = /^[a-z][a-z0-9-]{0,40}$/
/** Names of ours beside those of the services: who calls in them may act for users, or fills an empty system. */
const OWN_NAMES = ['gateway', 'first-start', 'audit', 'tools', 'supervisor']
const NO_SECRET =
  'there is no BANYAN_SECRET, in the environment or in the data folder. Set it to that of the processes that are to believe the token.'

function nameFaults({ app, caller, service }: ForeignTokenOptions): string[] {
  const services = app.services.map(({ contract }) => contract.name)
  return [
    ...(NAME.test(caller) ? [] : [`the name ${JSON.stringify(caller)} must match ${NAME.source}.`]),
    ...([...OWN_NAMES, ...services].includes(caller)
      ? [`'${caller}' is a name of our own. Choose another for a foreign process.`]
      : []),
    ...(services.includes(service) ? [] : [`there is no service '${service}', only ${services.join(', ')}.`]),
  ]
}

function invalid(faults: readonly string[]): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The token', faults: faults.join(' ') })
}
