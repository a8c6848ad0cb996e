import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { armFaults, coreErrors, noFaults, parseFaults, type ArmedFault, type FaultPoints } from '../core/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { PlatformSettings, ProcessOptions } from './process-options.ts'

export interface ArmProcessOptions {
  readonly mode: ProcessOptions['mode']
  readonly settings: PlatformSettings
  readonly dataFolder: string
  readonly processName: string
  readonly clock: Clock
  readonly random: Random
}

/**
 * The faults that `BANYAN_FAULTS` arms in this process. Each that acts leaves its proof in `<BANYAN_DATA>/faults` first; one
 * that acts once does so in one process of the data folder and never again, however often they start.
 * @throws `api.INVALID_OPTIONS` in production, and where they make no sense.
 */
export function armProcess({ mode, settings, dataFolder, ...how }: ArmProcessOptions): FaultPoints {
  const text = settings.BANYAN_FAULTS
  // Commands that look and mend run beside what is broken, with the same environment.
  if (text === undefined || mode === 'tools') return noFaults
  if (settings.NODE_ENV === 'production') {
    throw coreErrors.INVALID_OPTIONS({ subject: 'BANYAN_FAULTS', faults: 'It must not be set in production.' })
  }
  const folder = join(dataFolder, 'faults')
  mkdirSync(folder, { recursive: true })
  return armFaults({
    ...how,
    faults: parseFaults(text),
    claim: (index, fault) => prove(join(folder, String(index + 1)), { fault, ...how }),
    kill: () => void process.kill(process.pid, 'SIGKILL'),
  })
}

interface Proof extends Pick<ArmProcessOptions, 'processName' | 'clock'> {
  readonly fault: ArmedFault
}

function prove(path: string, { fault, processName, clock }: Proof): boolean {
  const at = new Date(clock.now()).toISOString()
  const { point, subject, action } = fault
  const line = `${JSON.stringify({ point, subject, action: action.kind, process: processName, processId: process.pid, at })}\n`
  if (fault.timing.kind === 'chance') {
    appendFileSync(path, line)
    return true
  }
  try {
    writeFileSync(path, line, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
