import { askStatus, dataFolderOf, platformSettings, type AppDefinition, type CachePlaces } from '../../runtime/index.ts'
import { checkUrl } from '../gateway-url.ts'

/**
 * Where kept answers are: at the processes that are named, else at those of this machine's supervisor, else at the one that listens
 * on `PORT`; and in Redis, when it is set.
 */
export async function cachePlaces(app: AppDefinition, gateways: readonly string[] | undefined): Promise<CachePlaces> {
  for (const url of gateways ?? []) checkUrl('--gateway', url)
  const { REDIS_URL: url, REDIS_PREFIX: prefix, METRICS_TOKEN: token } = process.env
  const redis = url ? { url, prefix: prefix ?? platformSettings.REDIS_PREFIX.default! } : undefined
  return { processes: gateways ?? (await processesHere(app)), token, redis }
}

async function processesHere(app: AppDefinition): Promise<readonly string[]> {
  // No supervisor is no failure: then the app runs as one process, or elsewhere.
  const fleet = await askStatus(dataFolderOf(app, process.env)).catch(() => null)
  const { PORT } = process.env
  return fleet?.instances.flatMap(({ health }) => health ?? []) ?? [`http://127.0.0.1:${PORT || '3000'}`]
}
