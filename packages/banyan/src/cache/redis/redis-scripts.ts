import { readFileSync } from 'node:fs'

/** What the layer asks of Redis: each is one script, so that nothing comes between its parts. */
export type ScriptName = 'open' | 'store' | 'stamps' | 'write' | 'invalidate' | 'release'

/** The texts of the scripts. */
export function readScripts(): Readonly<Record<ScriptName, string>> {
  const read = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
  return {
    open: `${read('stamping')}\n${read('open')}`,
    store: `${read('versions')}\n${read('told')}\n${read('store')}`,
    stamps: `${read('stamping')}\n${read('stamps')}`,
    write: `${read('stamping')}\n${read('versions')}\n${read('told')}\n${read('write')}`,
    invalidate: read('invalidate'),
    release: read('release'),
  }
}
