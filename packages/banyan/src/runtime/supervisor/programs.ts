import { join } from 'node:path'
import type { ConnectionOptions } from '../../data/index.ts'
import { databaseSettingOf, toConnectionUrl } from '../databases.ts'
import type { Environment } from '../process-options.ts'
import type { Secrets } from '../secrets.ts'
import type { Topology } from '../topology.ts'
import type { InstancePlace } from './fleet.ts'
import type { LifeOptions } from './life.ts'
import { SUPERVISED } from './messages.ts'

export interface ProgramsOptions {
  readonly program: readonly string[]
  readonly environment: Environment
  readonly topology: Topology
  readonly databases: ReadonlyMap<string, ConnectionOptions>
  readonly secrets: Secrets
  readonly runFolder: string
  readonly dataFolder: string
}

/** How one life of an instance is run: `banyan serve orders`, with what it may know in its environment. */
export function createPrograms(
  options: ProgramsOptions,
): (place: InstancePlace) => Pick<LifeOptions, 'program' | 'environment'> {
  const common = commonEnvironment(options)
  return (place) => ({
    program: [...options.program, 'serve', place.plan.name],
    environment: {
      ...common,
      ...databasesOf(place, options.databases),
      BANYAN_PROCESS: place.id,
      BANYAN_ADDRESS: addressOf(place, options.runFolder),
      [SUPERVISED]: String(process.pid),
    },
  })
}

function commonEnvironment({ environment, topology, secrets, dataFolder }: ProgramsOptions): Environment {
  // Of the databases each process learns its own only.
  const others = Object.entries(environment).filter(
    ([name]) => !name.endsWith('DATABASE_URL') || isFurther(name, topology),
  )
  return {
    ...Object.fromEntries(others),
    BANYAN_DATA: dataFolder,
    BANYAN_SECRET: secrets.masterSecret,
    TOKEN_KEYS: secrets.tokenKeys,
  }
}

/** Settings of the app itself may look like those of a service: `SANDBOX_DATABASE_URL`. */
function isFurther(name: string, { processes }: Topology): boolean {
  const services = processes.flatMap((plan) => plan.services)
  return name !== 'DATABASE_URL' && !services.some((service) => databaseSettingOf(service) === name)
}

function databasesOf({ plan }: InstancePlace, databases: ReadonlyMap<string, ConnectionOptions>): Environment {
  return Object.fromEntries(
    plan.services.map((service) => [databaseSettingOf(service), toConnectionUrl(databases.get(service)!)]),
  )
}

/** A path of its own for each life: what a killed one left behind is in nobody's way, and nobody mistakes one for another. */
function addressOf({ plan, id, number, life }: InstancePlace, runFolder: string): string {
  if (plan.port !== undefined) return `tcp://127.0.0.1:${plan.port + number - 1}`
  return `unix://${join(runFolder, `${id}.${life}.sock`)}`
}
