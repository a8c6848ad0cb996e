import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

/** A real service that compiles and is tested where it lies; its name stands for the new one's. */
const FOLDER = fileURLToPath(new URL('../../../templates/service/', import.meta.url))

export interface TemplateFile {
  /** Within the folder of a service. */
  readonly path: string
  readonly text: string
}

export async function readTemplate(): Promise<readonly TemplateFile[]> {
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length))
  return Promise.all(paths.toSorted().map(async (path) => ({ path, text: await readFile(join(FOLDER, path), 'utf8') })))
}

export function fillTemplate(text: string, name: string): string {
  const camel = toCamel(name)
  const pascal = `${camel[0]!.toUpperCase()}${camel.slice(1)}`
  return text.replaceAll('my-notes', name).replaceAll('myNotes', camel).replaceAll('MyNotes', pascal)
}

/** `gift-cards` → `giftCards` */
export function toCamel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
