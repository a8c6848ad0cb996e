import { readFile, stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { duplicateKeys } from './duplicate-keys.ts'
import type { Topology } from './topology.ts'

/** That of a thousand processes has 200 KB. */
const MAX_BYTES = 1_048_576

/**
 * A `.json` file, or a module that exports `topology`. What it holds is not checked, only that it is an object.
 * @returns the fault where there is none, as the end of a sentence that begins with the path
 */
export async function readTopologyFile(path: string): Promise<Topology | string> {
  try {
    const fault = await fileFault(path)
    if (fault !== null) return fault
    return path.endsWith('.json') ? parseJson(await readFile(path)) : await importModule(path)
  } catch (error) {
    return `cannot be read: ${(error as Error).message}. ${CURE}`
  }
}

const CURE = 'Name a .json file, or a module that exports `topology`.'

/** Whoever reads a pipe may wait for ever, in a thread that nothing can end. */
async function fileFault(path: string): Promise<string | null> {
  const file = await stat(path)
  if (file.isDirectory()) return `is a folder. ${CURE}`
  if (!file.isFile()) return `is no file, but a pipe, a socket or a device. ${CURE}`
  if (file.size === 0) return `is empty. ${CURE}`
  if (file.size > MAX_BYTES) return `has ${file.size} bytes, at most ${MAX_BYTES} are read. ${CURE}`
  return null
}

function parseJson(bytes: Buffer): Topology | string {
  const text = decode(bytes)
  if (text === null) return 'is not encoded in UTF-8. Save it in UTF-8.'
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) return `holds ${nameOf(value)}, where a topology is an object: {"name": …, "processes": [ … ]}.`
  const twice = duplicateKeys(text)
  if (twice.length === 0) return value
  return `has the key '${twice.join("', '")}' twice in one object, and only the last would count. Remove the others.`
}

/** Without the mark that some editors put at the beginning. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null // the caller says what it should have been
  }
}

async function importModule(path: string): Promise<Topology | string> {
  const { topology } = (await import(pathToFileURL(path).href)) as { readonly topology?: unknown }
  return isObject(topology) ? topology : `exports ${nameOf(topology)} as \`topology\`, where one is an object.`
}

function isObject(value: unknown): value is Topology {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, 40)
}
