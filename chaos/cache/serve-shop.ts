/** A whole shop with its gateway in a process of its own, to be killed: `serve-shop.ts <options as JSON>`. */
import { startBenchShop, type BenchShopOptions } from '../../bench/caching/shops.ts'

const shop = await startBenchShop(JSON.parse(process.argv[2]!) as BenchShopOptions)
process.on('message', () => {
  void shop[Symbol.asyncDispose]().then(() => process.disconnect())
})
process.once('disconnect', () => process.exit()) // who forked it has gone
process.send!(shop.url)
