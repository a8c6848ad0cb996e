import { Server, ServerCredentials } from '@grpc/grpc-js'
import { getProduct } from './answer.mjs'
import { Products } from './grpc.mjs'

const server = new Server()
const serve = ({ request }, answer) => answer(null, getProduct(request.productId))
server.addService(Products.service, { GetProduct: serve })
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, port) => console.log(port))
