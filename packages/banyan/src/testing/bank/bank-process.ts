import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { DatabaseOptions } from '../../data/index.ts'
import type { BankAnswer, BankOrder } from './bank-orders.ts'

/** A bank with four connections in a process of its own. */
export interface BankProcess {
  ask(order: BankOrder): Promise<BankAnswer>
  stop(): Promise<void>
}

export async function startBankProcess(database: DatabaseOptions): Promise<BankProcess> {
  const child = fork(new URL('./bank-process-main.ts', import.meta.url), [JSON.stringify(database)])
  await once(child, 'message')
  let last = 0
  return {
    ask(order) {
      const id = ++last
      child.send({ id, order })
      return answerTo(child, id)
    },
    async stop() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

function answerTo(child: ChildProcess, id: number): Promise<BankAnswer> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the bank ended')))
    child.on('message', function take(message: { id: number; answer: BankAnswer }) {
      if (message.id !== id) return
      child.off('message', take)
      resolve(message.answer)
    })
  })
}
