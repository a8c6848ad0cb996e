import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below what systems give to outgoing connections (from 32,768 or 49,152 on): one of those ports may be gone before the server
// listens on it, and between its end and its next start.
const [FIRST, END] = [10_000, 32_768]
const TRIES = 100

/**
 * A port of 127.0.0.1, 10,000–32,767, on which nobody listens, for a server that has to know its port before it starts.
 * @throws Error when a hundred in a row were taken.
 */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, END)
    if (await isFree(port)) return port
  }
  throw new Error(`${TRIES} random ports of 127.0.0.1 from ${FIRST} to ${END - 1} were taken. Stop what listens there.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
