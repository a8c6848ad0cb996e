import { readSources } from '../walls/sources.ts'

/**
 * The test files to run. Without a wish: all but campaigns, which take long and are run by name. With wishes: those
 * whose path contains one of them. Slow kinds come first, so that none of them starts when the rest is done.
 */
export function selectTestFiles(root: string, wishes: readonly string[]): readonly string[] {
  const all = readSources(root, ['.test.ts']).map((file) => file.path)
  const isWished = (path: string) => wishes.some((wish) => path.includes(wish.replace(/^\.\//, '').replace(/\/+$/, '')))
  const chosen = wishes.length > 0 ? all.filter(isWished) : all.filter((path) => !path.endsWith('.campaign.test.ts'))
  return chosen.toSorted((a, b) => slowness(b) - slowness(a))
}

const SLOW_FIRST = [/\.fault\.test\.ts$/, /\.integration\.test\.ts$/, /\.property\.test\.ts$/]

function slowness(path: string): number {
  const at = SLOW_FIRST.findIndex((pattern) => pattern.test(path))
  return at < 0 ? 0 : SLOW_FIRST.length - at
}
