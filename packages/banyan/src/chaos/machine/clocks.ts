import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import { waitFor } from '../wait-for.ts'

/** The wall clocks of the app's processes, each of which can be set apart from all others. */
export interface Clocks {
  /** The app must be started with it. */
  readonly environment: Readonly<Record<string, string>>
  /** Resolves once the process says what it reads, to how far that is ahead of the time here. */
  set(processId: number, offsetMs: number): Promise<number>
}

const PRELOAD = new URL('./skewed-clock.ts', import.meta.url)

export interface ClocksOptions {
  readonly folder: string
  /** `NODE_OPTIONS` that the app is started with anyway. */
  readonly inherited: string | undefined
  readonly clock: Clock
}

/** By a module that every Node process of the app loads first: a time namespace cannot move the wall clock, and the machine's is everybody's. */
export async function openClocks({ folder, inherited, clock }: ClocksOptions): Promise<Clocks> {
  await mkdir(folder, { recursive: true })
  const preload = new URL(PRELOAD)
  preload.searchParams.set('folder', folder)
  const options = [...(inherited ? [inherited] : []), `--import=${preload.href}`]
  return {
    environment: { NODE_OPTIONS: options.join(' ') },
    async set(processId, offsetMs) {
      const [file, beside] = [join(folder, String(processId)), join(folder, `${processId}.next`)]
      const answer = `${file}.reads`
      await rm(answer, { force: true })
      await writeFile(beside, String(offsetMs))
      await rename(beside, file)
      return waitFor({ clock, what: `the clock of process ${processId}`, limitMs: 10_000 }, async () => {
        // Not written yet.
        const text = await readFile(answer, 'utf8').catch(() => '')
        return text === '' ? null : Number(text) - clock.now()
      })
    },
  }
}
