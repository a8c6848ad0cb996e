/**
 * What fault points cost that are not armed: `node bench/faults/run.ts [rounds] [seconds each]`. One look, in nanoseconds of
 * processor time; then checkouts of this tree beside those of a copy without the looks, in turn. Figures in README.md.
 */
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { noFaults, type FaultPoints } from 'banyan/core'
import { createScratchCopy } from '../../tools/planted-bugs/scratch-copy.ts'

const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number)
const LOOKS = 200_000_000
/** A statement of one line, as all of them are. */
const LOOK = /^ *if \(.*#?faults\.isArmed\b.*\) await .*\n/gm
const ROOT = join(import.meta.dirname, '..', '..')

console.log(`one look: ${lookNs().toFixed(2)} ns`)
using copy = createScratchCopy(ROOT)
console.log(`looks taken out of the copy: ${takeOut(copy.root)}`)
const trees = { 'with them': ROOT, 'without them': copy.root }
const micros: Record<string, number[]> = { 'with them': [], 'without them': [] }
for (let round = 0; round < rounds; round++) {
  for (const [name, root] of Object.entries(trees)) {
    const output = execFileSync(process.execPath, ['bench/faults/place.ts', String(seconds)], { cwd: root })
    const { perSecond, microsEach } = JSON.parse(output.toString()) as { perSecond: number; microsEach: number }
    console.log(`${name.padEnd(14)} ${perSecond}/s, ${microsEach} µs of Node each`)
    micros[name]!.push(microsEach)
  }
}
for (const [name, each] of Object.entries(micros)) console.log(`${name}: median ${median(each)} µs of Node each`)

/** A loop with a look less the same without, the least of several each. */
function lookNs(): number {
  const least = (work: () => number) => Math.min(...Array.from({ length: 7 }, () => microsOf(work)))
  return ((least(() => countLooking(noFaults)) - least(countOnly)) * 1_000) / LOOKS
}

function countLooking(faults: FaultPoints): number {
  let sum = 0
  for (let turn = 0; turn < LOOKS; turn++) {
    if (faults.isArmed) void faults.reach('command.claimed')
    sum += turn & 3
  }
  return sum
}

function countOnly(): number {
  let sum = 0
  for (let turn = 0; turn < LOOKS; turn++) sum += turn & 3
  return sum
}

function microsOf(work: () => number): number {
  const before = process.cpuUsage()
  if (work() < 0) throw new Error('the loop was left out')
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function takeOut(root: string): number {
  let count = 0
  for (const file of globSync('packages/banyan/src/**/*.ts', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8')
    const rest = text.replaceAll(LOOK, () => (count++, ''))
    if (rest !== text) writeFileSync(join(root, file), rest)
  }
  return count
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
