import { mkdir, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Delivery } from './delivery.ts'
import { toInternetMessage, type Sender } from './internet-message.ts'

/** Mail as files, for machines without a mail server: exactly once, because a repeat writes the same name and bytes. */
export function createFileOutbox(options: { readonly folder: string; readonly from: Sender }): Delivery {
  const { folder, from } = options
  return {
    async deliver(message) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const path = join(folder, `${message.id}.eml`)
      await writeWhole(`${path}.part`, toInternetMessage(message, from))
      await rename(`${path}.part`, path)
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
