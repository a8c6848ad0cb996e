/** `| head` closes the pipe when it has seen enough: no fault, and nothing more to say. To be called once, first. */
export function tolerateBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** All that was written has been handed over, or nobody reads it: the end of the process waits for neither. */
export async function flushOutput(): Promise<void> {
  const streams = [process.stdout, process.stderr]
  await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))))
}

/** Nobody reads standard output any more. */
export function isOutputClosed(): boolean {
  return !process.stdout.writable
}

/** Writes a line and waits while whoever reads is behind, so that a long stream is not gathered in memory. */
export async function printLine(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`) || isOutputClosed()) return
  const { promise, resolve } = Promise.withResolvers<void>()
  // The reader may go away while we wait: an error, which is tolerated, and then `close`.
  process.stdout.once('drain', resolve).once('close', resolve)
  await promise
  process.stdout.off('drain', resolve).off('close', resolve)
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
