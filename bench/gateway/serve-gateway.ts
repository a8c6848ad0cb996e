import { openGateway } from '../production-gateway.ts'
import { memoryWire, products, versions } from './product.ts'

const { url, token } = await openGateway({ contracts: [products], wire: memoryWire, versions })
console.log(`${url} ${token}`)

process.on('message', () => process.send!(process.cpuUsage()))
