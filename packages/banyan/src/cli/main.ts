import { orFail } from './fail.ts'
import { loadApp } from './load-app.ts'
import { createProgram } from './program.ts'

await orFail(async () => {
  await createProgram(await loadApp()).parseAsync(process.argv)
})
