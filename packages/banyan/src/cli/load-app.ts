import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { platformSettings, type AppDefinition } from '../runtime/index.ts'
import { usageFault } from './terminal/fail.ts'

const CONFIG = 'banyan.config.ts'

/** The app that `banyan.config.ts` exports. @throws `api.INVALID_OPTIONS` */
export async function loadApp(): Promise<AppDefinition> {
  const path = join(findProject(), CONFIG)
  const module = (await import(pathToFileURL(path).href)) as { app?: AppDefinition }
  if (module.app) return module.app
  throw usageFault(
    'The app',
    `${path} exports no 'app'. Export what defineApp gives: export { shop as app } from 'shop'.`,
  )
}

/** From a folder below the project's, too: a command must not make a data folder of its own there. */
export function useDataFolderOfProject(environment: NodeJS.ProcessEnv): void {
  const project = findProject()
  const fallback = platformSettings.BANYAN_DATA.default!
  if (!environment.BANYAN_DATA && project !== resolve(process.cwd())) environment.BANYAN_DATA = join(project, fallback)
}

/** The folder of `banyan.config.ts`: the working directory or one above it. @throws `api.INVALID_OPTIONS` */
export function findProject(): string {
  const from = resolve(process.cwd())
  const found = findUpwards(from)
  if (found !== null) return found
  throw usageFault('The app', `there is no ${CONFIG} in ${from} or above it. Run this inside a Banyan project.`)
}

function findUpwards(folder: string): string | null {
  if (existsSync(join(folder, CONFIG))) return folder
  return dirname(folder) === folder ? null : findUpwards(dirname(folder))
}
