import type { Random } from '../../core/index.ts'
import { createIpHash } from './ip-hash.ts'
import { createLeastConnections } from './least-connections.ts'
import { createP2cEwma } from './p2c-ewma.ts'
import { createRoundRobin } from './round-robin.ts'
import type { Strategy, StrategyName } from './strategy.ts'

/** Names that a topology may use, the default first. */
export const STRATEGY_NAMES = [
  'p2c-ewma',
  'round-robin',
  'least-connections',
  'ip-hash',
] as const satisfies StrategyName[]

export function createStrategy(name: StrategyName, random: Random): Strategy {
  switch (name) {
    case 'p2c-ewma':
      return createP2cEwma(random)
    case 'round-robin':
      return createRoundRobin(random)
    case 'least-connections':
      return createLeastConnections(random)
    case 'ip-hash':
      return createIpHash(createP2cEwma(random))
  }
}
