import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { coreErrors } from '../core/index.ts'
import type { DatabasePlan, Topology } from './topology/topology.ts'

interface Layout {
  readonly topology: string
  readonly databases: DatabasePlan
}

/**
 * Notes in the data folder how its embedded server is laid out. Another topology may run on it only when it finds the data
 * where they are: else it would show an empty system and nobody would know why.
 * @throws `api.INVALID_OPTIONS`
 */
export async function keepLayout(dataFolder: string, { name, databases = 'shared' }: Topology): Promise<void> {
  const known = await readLayout(dataFolder)
  if (known && JSON.stringify(known.databases) !== JSON.stringify(databases)) {
    const faults =
      `It holds the databases of topology '${known.topology}'; '${name}' keeps its data in others. Start with --topology ` +
      `${known.topology}, or take the data along: banyan backup DIR, another BANYAN_DATA, banyan restore DIR with BANYAN_TOPOLOGY=${name}.`
    throw coreErrors.INVALID_OPTIONS({ subject: `The data folder ${dataFolder}`, faults })
  }
  const layout: Layout = { topology: name, databases }
  await writeFile(join(dataFolder, FILE), `${JSON.stringify(layout)}\n`, { mode: 0o600 })
}

/** The topology that last ran on this data folder; `null`: none has. */
export async function lastTopology(dataFolder: string): Promise<string | null> {
  return (await readLayout(dataFolder))?.topology ?? null
}

const FILE = 'layout.json'

async function readLayout(dataFolder: string): Promise<Layout | null> {
  try {
    return JSON.parse(await readFile(join(dataFolder, FILE), 'utf8')) as Layout
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
