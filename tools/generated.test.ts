import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GENERATED_FILES } from './generated.ts'
import { describeAreas } from './docs/area-graph.ts'
import { plant } from './walls/planted.ts'
import { readSources } from './walls/sources.ts'

const ROOT = join(import.meta.dirname, '..')

for (const { path, make } of GENERATED_FILES) {
  test(`${path} is what the sources say`, async () => {
    const isFresh = readFileSync(join(ROOT, path), 'utf8') === (await make(ROOT))
    assert.ok(isFresh, `${path} is stale. Run: npm run generate`)
  })
}

test('a new edge between areas changes the area graph', () => {
  const edge = (to: string) => ({ 'packages/banyan/src/saga/a.ts': `import type { X } from '../${to}/index.ts'\n` })
  using before = plant(edge('core'))
  using after = plant(edge('mesh'))
  assert.match(describeAreas(readSources(before.root)), /saga --> core/)
  assert.match(describeAreas(readSources(after.root)), /saga --> mesh/)
})
