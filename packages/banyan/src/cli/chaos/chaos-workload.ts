import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppDefinition, Workload } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'

/** What clients do in a campaign: what a file says, or the app. @throws `api.INVALID_OPTIONS` when neither says it. */
export async function loadWorkload(app: AppDefinition, file: string | undefined): Promise<Workload> {
  if (file !== undefined) return readWorkload(resolve(file))
  if (app.workload) return app.workload()
  throw usageFault('The app', `'${app.name}' has no workload. Give defineApp one, or name a file with --workload.`)
}

async function readWorkload(path: string): Promise<Workload> {
  const module = await import(pathToFileURL(path).href).catch((cause: Error) => {
    throw usageFault('--workload', `${path} cannot be read: ${cause.message}.`)
  })
  const { workload } = module as { readonly workload?: Partial<Workload> }
  if (typeof workload?.open === 'function' && workload.environment) return workload as Workload
  throw usageFault('--workload', `${path} exports no workload. Export { environment, open } as \`workload\`.`)
}
