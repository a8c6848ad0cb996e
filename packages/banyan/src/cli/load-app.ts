import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { coreErrors } from '../core/index.ts'
import type { AppDefinition } from '../runtime/index.ts'

const CONFIG = 'banyan.config.ts'

/** The app that `banyan.config.ts` exports, looked for here and in each folder above. @throws `api.INVALID_OPTIONS` */
export async function loadApp(folder: string = process.cwd()): Promise<AppDefinition> {
  const path = findConfig(resolve(folder))
  if (!path) throw fault(`There is no ${CONFIG} in ${resolve(folder)} or above it. Run this inside a Banyan project.`)
  const module = (await import(pathToFileURL(path).href)) as { app?: AppDefinition }
  if (!module.app)
    throw fault(`${path} exports no 'app'. Export what defineApp gives: export { shop as app } from 'shop'.`)
  return module.app
}

function findConfig(folder: string): string | null {
  const path = join(folder, CONFIG)
  if (existsSync(path)) return path
  return dirname(folder) === folder ? null : findConfig(dirname(folder))
}

function fault(faults: string): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The app', faults })
}
