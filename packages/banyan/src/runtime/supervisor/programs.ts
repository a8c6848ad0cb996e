import { join } from 'node:path'
import type { ConnectionOptions } from '../../data/index.ts'
import type { AppDefinition } from '../app.ts'
import { databaseSettingOf, toConnectionUrl } from '../services/databases.ts'
import type { Environment } from '../process-options.ts'
import type { Secrets } from '../settings/secrets.ts'
import { settingsOf } from '../settings/service-settings.ts'
import type { ProcessPlan } from '../topology/topology.ts'
import type { InstancePlace } from './fleet.ts'
import type { LifeOptions } from './life.ts'
import { SUPERVISED } from './messages.ts'

export interface ProgramsOptions {
  readonly program: readonly string[]
  readonly environment: Environment
  readonly app: AppDefinition
  readonly runFolder: string
  readonly dataFolder: string
}

/** How one life of an instance is run: `banyan serve orders`, and nothing secret in its environment. */
export function createPrograms(
  options: ProgramsOptions,
): (place: InstancePlace) => Pick<LifeOptions, 'program' | 'environment'> {
  const { program, dataFolder, runFolder } = options
  const own = { BANYAN_DATA: dataFolder, HEALTH_ADDRESS: '127.0.0.1:0', [SUPERVISED]: String(process.pid) }
  const common = { ...withoutSecrets(options), ...own }
  return (place) => ({
    program: [...program, 'serve', place.plan.name],
    environment: { ...common, BANYAN_PROCESS: place.id, BANYAN_ADDRESS: addressOf(place, runFolder) },
  })
}

function withoutSecrets({ environment, app }: ProgramsOptions): Environment {
  const secret = new Set(Object.entries(settingsOf(app)).flatMap(([name, { secret }]) => (secret ? name : [])))
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.has(name)))
}

export interface ProcessSecretsOptions extends Pick<ProgramsOptions, 'environment' | 'app'> {
  readonly secrets: Secrets
  readonly databases: ReadonlyMap<string, ConnectionOptions>
}

/** What a process may know: the app's secrets, and of the databases its own only. */
export function secretsOf(
  { services, gateway }: Pick<ProcessPlan, 'services' | 'gateway'>,
  { environment, app, secrets, databases }: ProcessSecretsOptions,
): Readonly<Record<string, string>> {
  const own = Object.entries(app.settings).flatMap(([name, { secret }]) => {
    const value = environment[name]
    return secret && value !== undefined ? [[name, value] as const] : []
  })
  const urls = services.map(
    (service) => [databaseSettingOf(service), toConnectionUrl(databases.get(service)!)] as const,
  )
  const shared = [
    'METRICS_TOKEN',
    'OTEL_EXPORTER_OTLP_HEADERS',
    ...(services.length > 0 ? ['NATS_URL', 'CDN_PURGE_URL', 'CDN_PURGE_TOKEN'] : []),
    ...(gateway ? ['REDIS_URL'] : []),
  ].flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries([...own, ...urls, ...shared]),
    BANYAN_SECRET: secrets.masterSecret,
    TOKEN_KEYS: secrets.tokenKeys,
  }
}

/** A path of its own for each life: what a killed one left behind is in nobody's way, and nobody mistakes one for another. */
function addressOf({ plan, id, number, life }: InstancePlace, runFolder: string): string {
  if (plan.port !== undefined) return `tcp://127.0.0.1:${plan.port + number - 1}`
  return `unix://${join(runFolder, `${id}.${life}.sock`)}`
}
