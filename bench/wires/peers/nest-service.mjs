import 'reflect-metadata'
import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { MessagePattern, Payload, Transport } from '@nestjs/microservices'
import { getProduct } from './answer.mjs'
import { decorateClass, decorateMethod } from './decorate.mjs'
import { createServer } from 'node:net'

class Products {
  getProduct({ productId }) {
    return getProduct(productId)
  }
}
decorateMethod(Products, 'getProduct', MessagePattern('getProduct'), [Payload()])
decorateClass(Products, Controller())
class App {}
decorateClass(App, Module({ controllers: [Products] }))

const probe = createServer().listen(0, '127.0.0.1')
await new Promise((resolve) => probe.once('listening', resolve))
const { port } = probe.address()
await new Promise((resolve) => probe.close(resolve))
const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port }, logger: false }
const app = await NestFactory.createMicroservice(App, options)
await app.listen()
console.log(port)
