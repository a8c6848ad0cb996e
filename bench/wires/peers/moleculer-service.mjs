import { getProduct } from './answer.mjs'
import { createBroker, freePort } from './moleculer.mjs'

const [own, gateway] = [await freePort(), await freePort()]
const urls = [`127.0.0.1:${own}/service`, `127.0.0.1:${gateway}/gateway`]
const broker = createBroker('service', own, urls)
broker.createService({ name: 'products', actions: { get: (context) => getProduct(context.params.productId) } })
await broker.start()
console.log(`${own},${gateway}`)
