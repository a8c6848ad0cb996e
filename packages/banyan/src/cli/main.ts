import { orFail } from './fail.ts'
import { loadApp, useDataFolderOfProject } from './load-app.ts'
import { tolerateBrokenPipes } from './output.ts'
import { createProgram } from './program.ts'

tolerateBrokenPipes()
await orFail(async () => {
  useDataFolderOfProject(process.env)
  await createProgram(await loadApp()).parseAsync(process.argv)
})
