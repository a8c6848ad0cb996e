import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from 'banyan/cli'
import { settingsOf } from 'banyan/runtime'
import { shop } from 'shop'

const FOLDER = join(import.meta.dirname, '../../docs/how-to')

interface Page {
  readonly name: string
  /** Its shell blocks, continued lines joined, comments left out. */
  readonly lines: readonly string[]
}

const pages: readonly Page[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.md'))
  .map((name) => {
    const blocks = [...readFileSync(join(FOLDER, name), 'utf8').matchAll(/^ *```sh(?: run)?\n([\s\S]*?)^ *```$/gm)]
    const text = blocks.map(([, block]) => block!.replaceAll('\\\n', ' ')).join('\n')
    return { name, lines: text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '')) }
  })

test('every banyan command of a how-to page exists, with its options', () => {
  const program = createProgram(shop)
  const used = pages.flatMap(({ name, lines }) =>
    lines.flatMap((line) => commandOf(line).map((words) => ({ name, words }))),
  )
  assert.ok(used.length >= 20, `only ${used.length} were found`)
  assert.deepEqual(
    used.flatMap(({ name, words }) => faultsOf(program, words).map((fault) => `${name}: ${fault}`)),
    [],
  )
})

test('every setting that a how-to page sets is one', () => {
  // What is set to the output of a command is a word of the page's own.
  const services = shop.services.map(({ contract }) => contract.name.replaceAll('-', '_').toUpperCase())
  const perService = new RegExp(`^(${services.join('|')})_(ADDRESS|DATABASE_URL)$`)
  const known = new Set([...Object.keys(settingsOf(shop)), 'NODE_ENV', 'PROBE_TOKEN'])
  const set = pages.flatMap(({ name, lines }) =>
    lines
      .filter((line) => commandOf(line).length > 0 || line.startsWith('export '))
      .flatMap((line) =>
        [...line.matchAll(/(?:^|\s)([A-Z][A-Z_]+)=(?!\$\()/g)].map(([, setting]) => ({ name, setting: setting! })),
      ),
  )
  assert.ok(set.length >= 20, `only ${set.length} were found`)
  assert.deepEqual(
    set.filter(({ setting }) => !known.has(setting) && !perService.test(setting)),
    [],
  )
})

test('a command or an option that does not exist would be noticed', () => {
  const program = createProgram(shop)
  assert.deepEqual(faultsOf(program, ['fly']), ['there is no banyan fly'])
  assert.deepEqual(faultsOf(program, ['events', 'fly']), ['there is no banyan events fly'])
  assert.deepEqual(faultsOf(program, ['start', '--high']), ['banyan start has no --high'])
})

/** The words behind `npx banyan`; `npm start` is `banyan start`. None: the line runs something else. */
function commandOf(line: string): readonly string[][] {
  const start = /\bnpm start(?: --(?<rest> .*)?)?$/.exec(line.trim())
  if (start) return [['start', ...wordsOf(start.groups?.rest ?? '')]]
  const [, rest] = /\bnpx banyan (.*)$/.exec(line) ?? []
  return rest === undefined ? [] : [wordsOf(rest)]
}

function wordsOf(text: string): string[] {
  return text
    .split(/[|;&)]/)[0]!
    .trim()
    .split(/\s+/)
    .filter(Boolean)
}

function faultsOf(program: Command, words: readonly string[], parent = 'banyan'): readonly string[] {
  const [first, ...rest] = words
  if (program.commands.length > 0) {
    const inner = program.commands.find((command) => command.name() === first)
    return inner ? faultsOf(inner, rest, `${parent} ${first}`) : [`there is no ${parent} ${first}`]
  }
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0])
  return options
    .filter((option) => !program.options.some(({ long }) => long === option))
    .map((option) => `${parent} has no ${option}`)
}
