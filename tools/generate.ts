import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GENERATED_FILES } from './generated.ts'

// `npm run generate`: writes every committed file that is made from the sources.
const root = join(import.meta.dirname, '..')
for (const { path, make } of GENERATED_FILES) {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), await make(root))
  console.log(`wrote ${path}`)
}
