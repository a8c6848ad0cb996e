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
