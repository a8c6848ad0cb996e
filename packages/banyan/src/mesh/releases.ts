import { meshErrors } from './mesh-errors.ts'

/** Who stands at one end of a call, and the release of its code. */
export interface Party {
  readonly names: readonly string[]
  readonly release: string
}

/** Of a process that has none: a foreign one, a tool, a test. It is not asked. */
export const NO_RELEASE = 'unknown'

/** On wires without a greeting: the caller's release, with each call and probe. */
export const RELEASE_HEADER = 'banyan-release'

/**
 * Within a major contracts only grow, so that any two releases understand each other; who has no release is not asked.
 * @throws `mesh.INCOMPATIBLE_RELEASE`
 */
export function requireSameMajor(caller: Party, service: Party): void {
  if (caller.release === service.release) return
  const [one, other] = [majorOf(caller.release), majorOf(service.release)]
  if (one === null || other === null || one === other) return
  throw meshErrors.INCOMPATIBLE_RELEASE({ caller: nameOf(caller), service: nameOf(service) })
}

/** `orders+payments (release 1.9.0)` */
export function nameOf({ names, release }: Party): string {
  return `${names.join('+')} (release ${release})`
}

function majorOf(release: string): string | null {
  return /^(\d+)\.\d+\.\d+/.exec(release)?.[1] ?? null
}
