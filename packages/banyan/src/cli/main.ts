import { orFail } from './terminal/fail.ts'
import { loadApp, useDataFolderOfProject } from './load-app.ts'
import { flushOutput, tolerateBrokenPipes } from './terminal/output.ts'
import { createProgram } from './program.ts'

tolerateBrokenPipes()
await orFail(async () => {
  useDataFolderOfProject(process.env)
  await createProgram(await loadApp()).parseAsync(process.argv)
})
// Each command is over when its work is, a server's when it is stopped. What it left open (a call that was broken off, the channel
// to a supervisor) would keep the process alive for as long as that likes.
await flushOutput()
process.exit()
