import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDatabase, type ConnectionOptions } from 'banyan/data'
import { startTestPostgres } from 'banyan/testing'
import { startShop } from './running-shop.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (page: string) => readFileSync(join(ROOT, 'docs/how-to', page), 'utf8')

test('run in production, on a PostgreSQL of one’s own, and let a lost password of the admin be another’s', async () => {
  await using postgres = await startTestPostgres()
  const [roles] = blocksOf(read('use-an-external-postgresql.md'), 'sql')
  for (const statement of roles!.replaceAll('…', 'a password').split(/;.*\n/).filter(Boolean)) {
    await run(postgres.connection, statement)
  }
  const own = { ...postgres.connection, user: 'banyan', database: 'shop' }
  const [start, anew] = blocksOf(read('run-in-production.md'), 'sh')
  const settings = settingsOf(start!, own)

  const shop = await startShop(ROOT, settings)
  try {
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${shop.url}/api/v2${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return answer.status
    }
    const logIn = (password: string) => post('/sessions', { email: 'you@example.org', password })
    assert.equal(await logIn(settings.ADMIN_PASSWORD!), 201)
    assert.equal(await post('/users', { name: 'Known', email: 'known@example.org', password: 'a known password' }), 201)
    assert.equal(await logIn('a known password'), 401)

    const [, sql] = /<<'SQL'\n([\s\S]*?)^SQL$/m.exec(anew!)!
    await run(own, sql!.replace('admin@example.com', 'you@example.org').trim())
    assert.equal(await logIn('a known password'), 201)
    assert.equal(await logIn(settings.ADMIN_PASSWORD!), 401)
  } finally {
    assert.equal(await shop.stop(), 0)
  }
})

function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block]) => block!)
}

async function run(connection: ConnectionOptions, statement: string): Promise<void> {
  await using database = createDatabase({ name: 'page', connection })
  await database.query(statement.trim())
}

/** What the shell makes of the page's command, which is `npm start` with settings before it. */
function settingsOf(command: string, { user, host, database }: ConnectionOptions): Record<string, string> {
  const script = command
    .replace(/postgres:[^']*/, `postgres://${user}@/${database}?host=${host}`)
    .replace('…', 'a first password')
    .replace('HOST=0.0.0.0 PORT=3000 npm start', 'HOST=127.0.0.1 PORT=0 env -0')
  assert.match(script, /env -0/)
  const output = execFileSync('bash', ['-euc', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pairs = output.split('\0').filter(Boolean)
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}
