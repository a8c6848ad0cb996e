// A bank in a process of its own, driven by messages: see bank-process.ts. Argument: DatabaseOptions as JSON.
import type { DatabaseOptions } from '../../data/index.ts'
import type { BankAnswer, BankOrder } from './bank-orders.ts'
import { openBank } from './bank.ts'

const bank = openBank({ database: JSON.parse(process.argv[2]!) as DatabaseOptions, connections: 4 })

async function carryOut({ kind, key, count, atOnce }: BankOrder): Promise<BankAnswer> {
  const answers: { balance: number; replayed: boolean; tookMs: number }[] = []
  let next = 0
  const work = async () => {
    while (next < count) {
      const own = kind === 'twins' ? key : `${key} ${next}`
      next++
      const beganMs = performance.now()
      const { balance, replayed } = await bank.move({ account: own, amount: 1 }, { key: own })
      answers.push({ balance, replayed, tookMs: performance.now() - beganMs })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return {
    balances: answers.map(({ balance }) => balance),
    replayed: answers.map(({ replayed }) => replayed),
    tookMs: answers.map(({ tookMs }) => tookMs),
  }
}

process.on('message', ({ id, order }: { id: number; order: BankOrder }) => {
  void carryOut(order).then((answer) => process.send!({ id, answer }))
})
process.send!('ready')
