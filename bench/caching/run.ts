// The three strategies under one workload, and queries saved in the database. Writes table and picture of
// docs/explanation/caching.md. Run: node bench/caching/run.ts [seconds each]
import { readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { systemClock } from 'banyan/core'
import { startTestPostgres } from 'banyan/testing'
import { drawStrategies } from './picture.ts'
import { measureHistory, measurePages, type QueryFigures } from './queries.ts'
import { measureRound, STRATEGIES, summarise, type Round, type StrategyFigures } from './strategies.ts'

const seconds = Number(process.argv[2] ?? 5)
const PAGE = new URL('../../docs/explanation/caching.md', import.meta.url)
const PICTURE = new URL('../../docs/explanation/caching-strategies.svg', import.meta.url)

const postgres = await startTestPostgres()
// There and back, so that what grows or warms up favours none.
const names = Object.keys(STRATEGIES)
const rounds: Record<string, Round[]> = Object.fromEntries(names.map((name) => [name, []]))
for (const name of [...names, ...names.toReversed()]) {
  rounds[name]!.push(await measureRound(name, { postgres, seconds }))
}
const strategies = names.map((name) => summarise(name, rounds[name]!))
console.table(strategies)
const queries: QueryFigures[] = []
for (const keeps of [false, true]) queries.push(await measurePages(keeps, postgres, seconds))
queries.push(...(await measureHistory(postgres)))
console.table(queries)
await postgres.stop()

const day = new Date(systemClock.now()).toISOString().slice(0, 10)
const load = loadavg()[0]!.toFixed(0)
const terms = `Measured ${day} with \`node bench/caching/run.ts ${seconds}\` on 2 cores (load ${load}), Node ${process.versions.node}, PostgreSQL 18.4 with fsync on.`
const page = readFileSync(PAGE, 'utf8')
writeFileSync(PAGE, fill(fill(page, 'strategies', strategyTable(strategies)), 'queries', queryTable(queries)))
writeFileSync(PICTURE, drawStrategies(strategies))

function strategyTable(all: readonly StrategyFigures[]): string {
  const rows = all.map(
    (of) =>
      `| ${of.name} | ${(of.hitRate * 100).toFixed(1)} % | ${of.databaseReads.toFixed(0)} | ${(of.staleRate * 100).toFixed(2)} % | ${of.worstStalenessMs.toFixed(0)} ms | ${of.ownWritesMissed} | ${of.writeP50Ms.toFixed(0)} / ${of.writeP99Ms.toFixed(0)} ms |`,
  )
  return `${terms}

| strategy | hits | reads of the database, /s | stale reads | worst staleness | own writes missed | write p50 / p99 |
|---|---|---|---|---|---|---|
${rows.join('\n')}`
}

function queryTable(all: readonly QueryFigures[]): string {
  const rows = all.map((of) => `| ${of.name} | ${of.statementsAPage.toFixed(2)} | ${of.pagesPerSecond.toFixed(0)} |`)
  return `${terms}

| | statements a page | pages/s |
|---|---|---|
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
