import 'reflect-metadata'
import { Controller, Get, Header, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { body, headers } from './answer.mjs'
import { decorateClass, decorateMethod } from './decorate.mjs'

// `equal`: sends what the gateway sends. `bare`: what Nest sends by itself.
const sent = process.argv[2] === 'equal' ? Object.entries(headers) : []

class ProductController {
  read() {
    return body
  }
}
for (const [name, value] of sent) decorateMethod(ProductController, 'read', Header(name, value), [])
decorateMethod(ProductController, 'read', Get('/api/v2/products/:productId'), [Param('productId')])
decorateClass(ProductController, Controller())
class ProductModule {}
decorateClass(ProductModule, Module({ controllers: [ProductController] }))

const app = await NestFactory.create(ProductModule, new FastifyAdapter(), { logger: false })
await app.listen(0, '127.0.0.1')
console.log(await app.getUrl())
process.on('message', () => process.send(process.cpuUsage()))
