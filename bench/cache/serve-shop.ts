/**
 * A whole shop with its gateway, of which one may ask how often products were read: `serve-shop.ts <options as JSON>`. Products are kept
 * for a minute, so that no age ends within a measurement.
 */
import { STRATEGIES } from '../caching/strategies.ts'
import { startBenchShop, type BenchShopOptions } from '../caching/shops.ts'

const options = JSON.parse(process.argv[2]!) as BenchShopOptions
const shop = await startBenchShop({ ...options, ...STRATEGIES['event, 60 s'] })

process.on('message', (asked) => void answer(asked as 'reached' | 'cpu' | 'stop'))
process.once('disconnect', () => process.exit()) // who forked it has gone
process.send!(shop.url)

async function answer(asked: 'reached' | 'cpu' | 'stop'): Promise<void> {
  if (asked === 'cpu') return void process.send!(process.cpuUsage())
  if (asked === 'reached') {
    process.send!(await shop.count('banyan_operation_seconds_count', { operation: 'products.getProduct' }))
    return
  }
  await shop[Symbol.asyncDispose]()
  process.disconnect()
}
