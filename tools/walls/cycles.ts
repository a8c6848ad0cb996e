import type { Import } from './imports.ts'

/**
 * Each import cycle once, as the files on it. Type-only imports count: a cycle of types is one of ideas too.
 * Tarjan's strongly connected components (SIAM J. Computing 1, 1972); a component of one file is no cycle.
 */
export function findCycles(imports: readonly Import[]): readonly (readonly string[])[] {
  const targets = new Map<string, string[]>()
  for (const { from, target } of imports) {
    if (target !== null && target !== from) targets.set(from, [...(targets.get(from) ?? []), target])
  }
  const search: Search = { targets, order: new Map(), lowest: new Map(), open: [], cycles: [] }
  for (const file of targets.keys()) if (!search.order.has(file)) visit(file, search)
  return search.cycles
}

interface Search {
  readonly targets: ReadonlyMap<string, readonly string[]>
  readonly order: Map<string, number>
  readonly lowest: Map<string, number>
  /** Files whose component is not complete yet. */
  readonly open: string[]
  readonly cycles: string[][]
}

function visit(file: string, search: Search): void {
  const at = search.order.size
  search.order.set(file, at)
  search.lowest.set(file, at)
  search.open.push(file)
  for (const target of search.targets.get(file) ?? []) {
    if (!search.order.has(target)) visit(target, search)
    if (search.open.includes(target)) {
      search.lowest.set(file, Math.min(search.lowest.get(file)!, search.lowest.get(target)!))
    }
  }
  if (search.lowest.get(file) !== at) return
  const component = search.open.splice(search.open.indexOf(file))
  if (component.length > 1) search.cycles.push(component)
}
