// NestJS on Fastify with its TCP client: the best of the Node frameworks in this placement.
import 'reflect-metadata'
import { Controller, Get, Header, Inject, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ClientsModule, Transport } from '@nestjs/microservices'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { map } from 'rxjs'
import { HEADERS, product } from './answer.mjs'
import { decorateClass, decorateMethod, decorateParameter } from './decorate.mjs'

class Products {
  constructor(client) {
    this.client = client
  }
  getProduct(productId) {
    const meta = { timestamp: product.updatedAt, version: 2 }
    return this.client.send('getProduct', { productId }).pipe(map((data) => ({ success: true, data, meta })))
  }
}
const headers = Object.entries(HEADERS).map(([name, value]) => Header(name, value))
decorateMethod(Products, 'getProduct', Get('api/v2/products/:productId'), [Param('productId')])
for (const header of headers) decorateMethod(Products, 'getProduct', header, [])
decorateParameter(Products, Inject('service'), 0)
decorateClass(Products, Controller())
class App {}
const [service] = process.argv.slice(2)
const options = { host: '127.0.0.1', port: Number(service) }
const clients = ClientsModule.register([{ name: 'service', transport: Transport.TCP, options }])
decorateClass(App, Module({ imports: [clients], controllers: [Products] }))

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false })
await app.listen(0, '127.0.0.1')
console.log(app.getHttpServer().address().port)
