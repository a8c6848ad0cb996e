import { holdsEmbeddedData } from '../data/index.ts'
import { dataFolderOf, needsEmbeddedServer, type AppDefinition, type Environment } from '../runtime/index.ts'
import { usageFault } from './terminal/fail.ts'

/**
 * Whether there is anything to look at. A command that made an empty system where a folder's name was mistyped would call it healthy.
 * @throws `api.INVALID_OPTIONS`
 */
export async function requireData(app: AppDefinition, environment: Environment): Promise<void> {
  const folder = dataFolderOf(app, environment)
  if (!needsEmbeddedServer(app, environment) || (await holdsEmbeddedData(folder))) return
  throw usageFault(
    'BANYAN_DATA',
    `${folder} holds no data, and this command makes none. Set BANYAN_DATA to the folder of a start, or start the app there first.`,
  )
}
