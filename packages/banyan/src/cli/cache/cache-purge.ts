import { appendPurge, createCachePlan } from '../../cache/index.ts'
import { systemRandom } from '../../core/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'
import { withTools } from '../with-tools.ts'

export interface PurgeOptions {
  readonly tag: readonly string[]
  readonly service?: readonly string[]
}

/** Asks by the logs, so that it needs the databases and nothing of the running processes. */
export async function purgeCache(app: AppDefinition, { tag: tags, service }: PurgeOptions): Promise<void> {
  const bad = tags.find((tag) => !TAG.test(tag))
  if (bad !== undefined) {
    throw usageFault(
      '--tag',
      `'${bad}' is no tag: letters, digits and -, _, ., : are allowed, at most 128. Correct it.`,
    )
  }
  const services = chooseServices(app, service)
  await withTools(app, async ({ services: running }) => {
    const databases = services.map((name) => ({ name, database: running.get(name)!.shards.root }))
    await Promise.all(
      databases.map(({ name, database }) =>
        database.transaction(async (tx) => appendPurge(tx, { service: name, tags, random: systemRandom })),
      ),
    )
  })
  process.stdout.write(`asked by the log of ${services.join(' and ')}: ${tags.join(', ')}\n`)
}

const TAG = /^[\w.:-]{1,128}$/

function chooseServices(app: AppDefinition, wanted: readonly string[] | undefined): readonly string[] {
  const { operations } = createCachePlan(app.services.map(({ contract }) => contract))
  const known = [...new Set([...operations.values()].map(({ id }) => id.slice(0, id.indexOf('.'))))]
  if (known.length === 0)
    throw usageFault('cache purge', 'No contract of this app keeps answers: there is nothing to drop.')
  const strange = wanted?.find((name) => !known.includes(name))
  if (strange === undefined) return wanted ?? known
  throw usageFault('--service', `'${strange}' keeps nothing. Choose from: ${known.join(', ')}.`)
}
