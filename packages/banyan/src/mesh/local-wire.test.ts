import { systemClock } from '../core/index.ts'
import { wireSuite } from '../testing/index.ts'
import { createLocalWire } from './index.ts'

for (const encode of [false, true]) {
  wireSuite(`local, ${encode ? 'as JSON text' : 'in memory'}`, (endpoint) => {
    const wire = createLocalWire({ clock: systemClock, endpoints: [endpoint], encode })
    return Promise.resolve({ wire, stop: () => Promise.resolve() })
  })
}
