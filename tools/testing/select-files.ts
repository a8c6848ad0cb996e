import { readSources } from '../walls/sources.ts'
import { expectedMs, type Durations } from './durations.ts'

/**
 * The test files to run. Without a wish: all but campaigns, which take long and are run by name. With wishes: those
 * whose path contains one of them. The longest come first, so that none of them runs alone when the rest is done.
 */
export function selectTestFiles(root: string, wishes: readonly string[], known: Durations = {}): readonly string[] {
  const all = readSources(root, ['.test.ts']).map((file) => file.path)
  const isWished = (path: string) => wishes.some((wish) => path.includes(wish.replace(/^\.\//, '').replace(/\/+$/, '')))
  const chosen = wishes.length > 0 ? all.filter(isWished) : all.filter((path) => !path.endsWith('.campaign.test.ts'))
  return chosen.toSorted((a, b) => expectedMs(b, known) - expectedMs(a, known))
}

/** Unit files have no kind in their name, and need no server. */
const UNIT_FILE = /\/[^./]+\.test\.ts$/
const UNIT_FILES_TOGETHER = 20

/** What runs in one process: unit files several at a time, any other alone; the longest first. */
export function groupFiles(files: readonly string[], known: Durations = {}): readonly (readonly string[])[] {
  const units = files.filter((file) => UNIT_FILE.test(file))
  const others = files.filter((file) => !UNIT_FILE.test(file))
  const count = Math.ceil(units.length / UNIT_FILES_TOGETHER)
  const dealt = Array.from({ length: count }, (_, group) => units.filter((_file, index) => index % count === group))
  const groupMs = (group: readonly string[]) => group.reduce((sum, file) => sum + expectedMs(file, known), 0)
  return [...others.map((file) => [file]), ...dealt].toSorted((a, b) => groupMs(b) - groupMs(a))
}
