import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AppDefinition } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'
import { checkName } from './name.ts'
import { registerInApp, registerInTopology } from './register.ts'
import { fillTemplate, readTemplate } from './template.ts'

export interface CreateServiceOptions {
  readonly app: AppDefinition
  readonly name: string
  /** Of the project. */
  readonly root: string
  /** Where `app.ts`, `topologies/monolith.ts` and the services' folders are, from the root. */
  readonly into: string
}

export interface CreatedService {
  /** From the root. */
  readonly files: readonly string[]
  readonly edited: readonly string[]
  /** As its contract states them, below `/api/vN`: `GET /users/:userId/gift-cards`. */
  readonly routes: readonly string[]
}

/**
 * Writes a service and registers it. Everything is checked and planned before the first byte is written.
 * @throws `api.INVALID_OPTIONS` for a name that cannot be taken, or sources that it cannot edit safely
 */
export async function createService({ app, name, root, into }: CreateServiceOptions): Promise<CreatedService> {
  const template = await readTemplate()
  checkName(name, { app, template })
  const folder = `${into}/${name}`
  if (existsSync(join(root, folder)))
    throw usageFault('The name', `the folder ${folder} exists already. Choose another.`)
  const files = template.map(({ path, text }) => ({ path: `${folder}/${path}`, text: fillTemplate(text, name) }))
  const edited = [
    await edit(root, `${into}/app.ts`, (text) => registerInApp(text, name)),
    await edit(root, `${into}/topologies/monolith.ts`, (text) => registerInTopology(text, name)),
  ]
  try {
    for (const file of files) await write(root, file)
  } catch (error) {
    await rm(join(root, folder), { recursive: true, force: true })
    throw error
  }
  for (const file of edited) await write(root, file)
  const paths = { files: files.map(({ path }) => path), edited: edited.map(({ path }) => path) }
  format(root, [...paths.files, ...paths.edited])
  return { ...paths, routes: files.flatMap(routesIn) }
}

function routesIn({ text }: TextFile): string[] {
  return [...text.matchAll(/^ +http: '([A-Z]+ \S+)',$/gm)].map(([, route]) => route!)
}

interface TextFile {
  readonly path: string
  readonly text: string
}

/** @throws what `change` says, with the path and what to do by hand */
async function edit(root: string, path: string, change: (text: string) => string): Promise<TextFile> {
  const text = await readFile(join(root, path), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw usageFault('The app', `${path} cannot be read (${cause.code}). Say where app.ts is with --into.`)
  })
  try {
    return { path, text: change(text) }
  } catch (cause) {
    throw usageFault('The app', `${path} cannot be edited safely: ${(cause as Error).message} Nothing was written.`)
  }
}

async function write(root: string, { path, text }: TextFile): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

/** With the project's own formatter, where it has one: a longer or shorter name breaks lines elsewhere. */
function format(root: string, paths: readonly string[]): void {
  const formatter = join(root, 'node_modules/.bin/oxfmt')
  const sources = paths.filter((path) => path.endsWith('.ts'))
  if (existsSync(formatter)) spawnSync(process.execPath, [formatter, ...sources], { cwd: root })
}
