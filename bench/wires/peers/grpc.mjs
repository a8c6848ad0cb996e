import { loadPackageDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const file = new URL('./products.proto', import.meta.url).pathname
export const { Products } = loadPackageDefinition(loadSync(file, { keepCase: false })).bench
