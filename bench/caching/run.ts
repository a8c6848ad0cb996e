// The three strategies under one workload, queries saved in the database, and changes behind a CDN. Writes the tables and the picture
// of docs/explanation/caching.md. Run: node bench/caching/run.ts [seconds each] [strategies | queries | cdn …]
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { systemClock } from 'banyan/core'
import { createDatabase } from 'banyan/data'
import { startTestNginx, startTestPostgres, startTestVarnish } from 'banyan/testing'
import { measureCdn, type CdnFigures } from './cdn.ts'
import { drawStrategies } from './picture.ts'
import { measureHistory, measurePages, type QueryFigures } from './queries.ts'
import { measureRound, STRATEGIES, summarise, type Round, type StrategyFigures } from './strategies.ts'

const [given = '5', ...wanted] = process.argv.slice(2)
const seconds = Number(given)
const PAGE = new URL('../../docs/explanation/caching.md', import.meta.url)
const PICTURE = new URL('../../docs/explanation/caching-strategies.svg', import.meta.url)
const MEASURES = { strategies: measureStrategies, queries: measureQueries, cdn: measureCdns }

const postgres = await startTestPostgres()
for (const [name, measure] of Object.entries(MEASURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const table = await measure()
  console.log(`${table}\n`)
  writeFileSync(PAGE, fill(readFileSync(PAGE, 'utf8'), name, `${await terms()}\n\n${table}`))
}
await postgres.stop()

async function measureStrategies(): Promise<string> {
  // There and back, so that what grows or warms up favours none.
  const names = Object.keys(STRATEGIES)
  const rounds: Record<string, Round[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of [...names, ...names.toReversed()]) {
    rounds[name]!.push(await measureRound(name, { postgres, seconds }))
  }
  const figures = names.map((name) => summarise(name, rounds[name]!))
  writeFileSync(PICTURE, drawStrategies(figures))
  return strategyTable(figures)
}

async function measureQueries(): Promise<string> {
  const pages: QueryFigures[] = []
  for (const keeps of [false, true]) pages.push(await measurePages(keeps, postgres, seconds))
  return queryTable([...pages, ...(await measureHistory(postgres))])
}

async function measureCdns(): Promise<string> {
  return cdnTable([
    await measureCdn(startTestVarnish, postgres),
    await measureCdn((options) => startTestVarnish({ ...options, purgeBy: 'bans' }), postgres),
    await measureCdn(startTestNginx, postgres),
  ])
}

async function terms(): Promise<string> {
  const day = new Date(systemClock.now()).toISOString().slice(0, 10)
  const load = loadavg()[0]!.toFixed(0)
  return `Measured ${day} with \`node bench/caching/run.ts ${seconds}\` on ${availableParallelism()} cores (load ${load}), Node ${process.versions.node}, PostgreSQL ${await postgresVersion()} with fsync on.`
}

async function postgresVersion(): Promise<string> {
  await using database = createDatabase(await postgres.schema('terms'))
  const [row] = await database.query<{ version: string }>("SELECT current_setting('server_version') AS version")
  return row!.version
}

function strategyTable(all: readonly StrategyFigures[]): string {
  const rows = all.map(
    (of) =>
      `| ${of.name} | ${(of.hitRate * 100).toFixed(1)} % | ${of.databaseReads.toFixed(0)} | ${(of.staleRate * 100).toFixed(2)} % | ${of.worstStalenessMs.toFixed(0)} ms | ${of.ownWritesMissed} | ${of.writeP50Ms.toFixed(0)} / ${of.writeP99Ms.toFixed(0)} ms |`,
  )
  return `| strategy | hits | reads of the database, /s | stale reads | worst staleness | own writes missed | write p50 / p99 |
|---|---|---|---|---|---|---|
${rows.join('\n')}`
}

function queryTable(all: readonly QueryFigures[]): string {
  const rows = all.map((of) => `| ${of.name} | ${of.statementsAPage.toFixed(2)} | ${of.pagesPerSecond.toFixed(0)} |`)
  return `| | statements a page | pages/s |
|---|---|---|
${rows.join('\n')}`
}

function cdnTable(all: readonly CdnFigures[]): string {
  const rows = all.map(({ name, visibleMs }) => {
    const at = (part: number) =>
      visibleMs[Math.min(visibleMs.length - 1, Math.floor(visibleMs.length * part))]!.toFixed(0)
    return `| ${name} | ${at(0.5)} ms | ${at(0.9)} ms | ${at(1)} ms |`
  })
  return `Of 40 changes each, from the answer to the writer until a reader of the cache is shown the new price:

| | p50 | p90 | worst |
|---|---|---|---|
${rows.join('\n')}`
}

/** Replaces what stands between `<!-- measured: name -->` and `<!-- end -->`. */
function fill(document: string, name: string, table: string): string {
  const [begin, end] = [`<!-- measured: ${name} -->`, '<!-- end -->']
  const from = document.indexOf(begin)
  const to = document.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`docs/explanation/caching.md has no place for '${name}'`)
  return `${document.slice(0, from)}${begin}\n\n${table}\n\n${document.slice(to)}`
}
