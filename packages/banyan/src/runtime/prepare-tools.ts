import { hostname } from 'node:os'
import { createGate } from '../command/index.ts'
import { createFrontier } from '../contract/index.ts'
import { randomText, systemClock, systemRandom } from '../core/index.ts'
import { createLogger, observeProcess } from '../observe/index.ts'
import { releaseOf } from './app.ts'
import { armProcess } from './arm-process.ts'
import type { PlannedProcess } from './plan-process.ts'
import type { PlatformSettings, ProcessOptions } from './process-options.ts'
import type { ProcessTools } from './process-tools.ts'
import { loadSecrets } from './settings/secrets.ts'
import type { Stops } from './stops.ts'
import { openTelemetry } from './telemetry.ts'

/** What all services of this process share. @throws `api.INVALID_OPTIONS` for secrets that must be set and are not. */
export async function prepareTools(
  options: ProcessOptions,
  planned: PlannedProcess,
  stops: Stops,
): Promise<ProcessTools> {
  const { settings, isLinked } = planned
  const { environment, clock = systemClock, random = systemRandom } = options
  const dataFolder = settings.BANYAN_DATA!
  // Each process of a fleet would make its own, and none would believe the others.
  const mustBeSet = settings.NODE_ENV === 'production' || isLinked
  const secrets = await loadSecrets({ environment, dataFolder, mustBeSet, random })
  const processName = settings.BANYAN_PROCESS ?? defaultProcessName(options, settings)
  const given = options.logger ?? createLogger({ level: settings.LOG_LEVEL })
  const logger = isLinked ? given.child({ process: processName }) : given
  const { metrics, tracer, stop } = openTelemetry(options, planned, { clock, random, logger, processName })
  stops.push(stop)
  stops.push(observeProcess(metrics))
  const faults = options.faults ?? armProcess({ ...options, settings, dataFolder, processName, clock, random })
  return {
    clock,
    random,
    faults,
    logger,
    metrics,
    tracer,
    settings: { ...environment, BANYAN_DATA: dataFolder, TOKEN_KEYS: secrets.tokenKeys },
    masterSecret: secrets.masterSecret,
    processName,
    registeredAs: {
      name: options.mode === 'tools' ? `${processName} (command)` : processName,
      release: releaseOf(options.app),
    },
    gate: createGate({ clock }),
    databaseLimits: options.databaseLimits,
    frontier: createFrontier(),
  }
}

/** The embedded database serves one process at a time, so that process may have the same name at each start. */
function defaultProcessName(
  { environment, process: name, random = systemRandom }: ProcessOptions,
  settings: PlatformSettings,
) {
  const isAlone = !settings.DATABASE_URL && !Object.keys(environment).some((key) => key.endsWith('_DATABASE_URL'))
  if (isAlone) return 'trunk'
  return [name ?? [], hostname(), process.pid, randomText(random, 6)].flat().join('-')
}
