const PLATFORM_AREAS: readonly string[] = [
  'api',
  'cache',
  'command',
  'data',
  'events',
  'gateway',
  'log',
  'mesh',
  'observe',
  'runtime',
  'saga',
]

/** Errors of these areas are implied in every contract, so no service may have such a name. */
export function isPlatformArea(name: string): boolean {
  return PLATFORM_AREAS.includes(name)
}
