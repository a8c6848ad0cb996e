import { flushCompileCache } from 'node:module'

/**
 * Writes what was compiled since the start for the next one (see bin/banyan.js): now, so that a process that is killed has written
 * it too, and because Node holds it in memory until then (4 MB).
 */
export function keepCompiled(): void {
  flushCompileCache()
}
