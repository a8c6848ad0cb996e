import { orFail } from './fail.ts'
import { loadApp } from './load-app.ts'
import { tolerateBrokenPipes } from './output.ts'
import { createProgram } from './program.ts'

tolerateBrokenPipes()
await orFail(async () => {
  await createProgram(await loadApp()).parseAsync(process.argv)
})
