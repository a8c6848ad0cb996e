import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { registerInApp, registerInTopology } from './register.ts'

const APP = `import { defineApp } from 'banyan/runtime'
import { edge } from './edge.ts'
import { ordersService } from './orders/service.ts'
import {
  b,
} from './users/service.ts'

export const shop = defineApp({
  services: [ordersService, usersService],
})
`

describe('registering a service', () => {
  test('its import stands where it sorts, its name at the end of the list', () => {
    const text = registerInApp(APP, 'gift-cards')
    assert.match(text, /edge\.ts'\nimport \{ giftCardsService \} from '\.\/gift-cards\/service\.ts'\nimport \{ orders/)
    assert.match(text, /services: \[ordersService, usersService, giftCardsService\],/)
  })

  test('one that sorts last comes behind the last import', () => {
    assert.match(registerInApp(APP, 'zebras'), /users\/service\.ts'\nimport \{ zebrasService \}/)
  })

  test('a list over several lines, with a comma at its end', () => {
    const text = registerInTopology("processes: [{ services: [\n  'users',\n  'orders',\n] }]", 'gift-cards')
    assert.match(text, /services: \['users',\s+'orders', 'gift-cards'\]/)
  })

  for (const list of ['services: [...base, a]', 'services: all', 'services: [a], x: { services: [b] }']) {
    test(`what is no plain list is left alone: ${list}`, () => {
      assert.throws(() => registerInApp(`import { a } from './a.ts'\n${list}`, 'zebras'), /one plain list.*by hand/)
    })
  }
})
