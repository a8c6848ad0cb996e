import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { coreErrors, isError } from '../../core/index.ts'
import { app } from '../testing/fixture-app.ts'
import { checkName } from './name.ts'
import { readTemplate, type TemplateFile } from './template.ts'

const REFUSED: readonly [name: string, why: RegExp][] = [
  ['', /must be words of a-z and 0-9 joined by '-'/],
  ['Gift', /must be words/],
  ['gift_cards', /must be words/],
  ['gift--cards', /must be words/],
  ['../gifts', /must be words/],
  ['4gifts', /must be words/],
  ['g'.repeat(32), /at most 31 characters/],
  ['mirror', /is a service already\. Services: my-notes, mirror/],
  ['data', /belongs to the platform/],
  ['banyan-x', /belongs to the platform/],
  ['pg-gifts', /belongs to the platform/],
  ['public', /belongs to the platform/],
  ['class', /is a word that the files of a service use/],
  ['new', /is a word that the files of a service use/],
  ['user', /is a word that the files of a service use/],
  ['entries', /is a word that the files of a service use/],
]

describe('the name of a new service', () => {
  let template: readonly TemplateFile[]
  before(async () => void (template = await readTemplate()))

  for (const [name, why] of REFUSED) {
    test(`${JSON.stringify(name)} is refused`, () => {
      const isRefused = (error: Error) => isError(error, coreErrors.INVALID_OPTIONS) && why.test(error.message)
      assert.throws(() => checkName(name, { app, template }), isRefused)
    })
  }

  for (const name of ['gift-cards', 'wishlists', 'g', 'b2b-prices']) {
    test(`${name} is taken`, () => checkName(name, { app, template }))
  }
})
