import { readFileSync } from 'node:fs'

/** What the layer asks of Redis: each is one script, so that nothing comes between its parts. */
export type ScriptName = 'open' | 'store' | 'invalidate' | 'release'

/** The texts of the scripts. */
export function readScripts(): Readonly<Record<ScriptName, string>> {
  const read = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
  return {
    open: read('open'),
    store: `${read('versions')}\n${read('store')}`,
    invalidate: read('invalidate'),
    release: read('release'),
  }
}
