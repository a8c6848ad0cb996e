import { orFail } from './fail.ts'
import { loadApp, useDataFolderOfProject } from './load-app.ts'
import { tolerateBrokenPipes } from './output.ts'
import { createProgram } from './program.ts'

tolerateBrokenPipes()
await orFail(async () => {
  useDataFolderOfProject(process.env)
  await createProgram(await loadApp()).parseAsync(process.argv)
})
// What was broken off may still hold connections, which would keep the process alive until it is done.
if (Number(process.exitCode) > 128) process.exit()
