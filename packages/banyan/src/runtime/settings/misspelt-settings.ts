import type { Environment } from '../process-options.ts'
import type { SettingTable } from './settings.ts'

/** A variable that is no setting, and the one that it was probably meant to be. */
export interface MisspeltSetting {
  readonly name: string
  readonly meant: string
}

/**
 * Variables that nearly have the name of a setting. The environment belongs to everybody, so that an unknown name is no fault: what a
 * platform or another program sets must not be taken for ours. Only names that end differently by a letter or two, or break off before
 * the end (`RATE_LIMIT`), of settings that are not set themselves; a setting that is named by a specification of others is left alone.
 */
export function findMisspelt(table: SettingTable, environment: Environment): readonly MisspeltSetting[] {
  const unset = Object.keys(table).filter((name) => !environment[name] && !OF_OTHERS.test(name))
  return Object.keys(environment)
    .filter((name) => !(name in table) && name.length >= MIN_CHARACTERS)
    .flatMap((name) => {
      const [nearest] = unset
        .map((meant) => ({ name, meant, distance: distanceOf(name, meant) }))
        .toSorted((a, b) => a.distance - b.distance)
      return nearest && nearest.distance <= slipsIn(name) ? [{ name, meant: nearest.meant }] : []
    })
}

/** Shorter names have too many neighbours. */
const MIN_CHARACTERS = 8

/** OpenTelemetry and Node.js have many more than are understood here. */
const OF_OTHERS = /^(OTEL|NODE)_/

/** Most slips of the pen in a name of that length, before it is another word: one in five letters, three at most. */
function slipsIn({ length }: string): number {
  return Math.min(3, Math.floor(length / 5))
}

/** From the whole name, or from what of it is as long. */
function distanceOf(name: string, meant: string): number {
  return Math.min(editDistance(name, meant), editDistance(name, meant.slice(0, name.length)))
}

/** Levenshtein: letters that were left out, put in or replaced. */
function editDistance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [row, letter] of [...one].entries()) {
    const next = [row + 1]
    for (let at = 0; at < other.length; at++) {
      const replaced = above[at]! + (letter === other[at] ? 0 : 1)
      next.push(Math.min(replaced, above[at + 1]! + 1, next[at]! + 1))
    }
    above = next
  }
  return above[other.length]!
}
