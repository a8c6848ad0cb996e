import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasColours } from './has-colours.ts'

const terminal = { isTTY: true }
const pipe = {}

const ROWS = [
  ['a terminal', terminal, { TERM: 'xterm-256color' }, true],
  ['a pipe', pipe, { TERM: 'xterm-256color' }, false],
  ['a terminal without colours', terminal, { TERM: 'dumb' }, false],
  ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['an empty NO_COLOR says nothing', terminal, { NO_COLOR: '' }, true],
  ['FORCE_COLOR on a pipe', pipe, { FORCE_COLOR: '1' }, true],
  ['an empty FORCE_COLOR is set', pipe, { FORCE_COLOR: '' }, true],
  ['FORCE_COLOR wins over NO_COLOR', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['FORCE_COLOR=false', terminal, { FORCE_COLOR: 'false' }, false],
] as const

for (const [name, stream, environment, expected] of ROWS) {
  test(`${name}: ${expected ? 'colours' : 'none'}`, () => assert.equal(hasColours(stream, environment), expected))
}
