import { AREAS, FOREIGN_PACKAGES, TEST_PACKAGES, TESTING_AREA } from './architecture-rules.ts'
import { findCycles } from './cycles.ts'
import { blankComments, importsOf, type Import } from './imports.ts'
import { isTest, type SourceFile, type Violation } from './sources.ts'

const AREA = /^packages\/banyan\/src\/([^/]+)\//
const SERVICE = /^packages\/shop\/src\/([^/]+)\//

/** All rules over all files: DESIGN's order of areas, doors, services, foreign packages, cycles. */
export function checkArchitecture(files: readonly SourceFile[]): readonly Violation[] {
  const services = serviceNames(files)
  const imports = files.flatMap(importsOf)
  return [
    ...imports.flatMap((edge) => checkImport(edge, services)),
    ...files.filter((file) => /\/src\/[^/]+\/index\.ts$/.test(file.path)).flatMap(checkDoor),
    ...files.flatMap(checkStarExports),
    ...findCycles(imports).map((cycle) => ({
      rule: 'no-cycles',
      file: cycle[0]!,
      message: `is part of an import cycle: ${[...cycle, cycle[0]].join(' → ')}. Move what both need into a file of its own.`,
    })),
  ]
}

/** A folder of the shop that has a contract is a service. */
function serviceNames(files: readonly SourceFile[]): ReadonlySet<string> {
  const contracts = files.filter((file) => /^packages\/shop\/src\/[^/]+\/contract\.ts$/.test(file.path))
  return new Set(contracts.map((file) => SERVICE.exec(file.path)![1]!))
}

function checkImport(edge: Import, services: ReadonlySet<string>): readonly Violation[] {
  const report = (rule: string, message: string) => [{ rule, file: `${edge.from}:${edge.line}`, message }]
  if (edge.target === null) return checkForeign(edge, report)
  const from = AREA.exec(edge.from)?.[1]
  const to = AREA.exec(edge.target)?.[1]
  if (to !== undefined && to !== from) {
    const order = isTest(edge.from) ? [] : checkAreaOrder({ file: edge.from, from, to }, report)
    return [...checkDoorUse(edge, report), ...order]
  }
  if (from !== undefined && edge.target.startsWith('packages/shop/')) {
    return report('platform-knows-no-shop', `imports ${edge.specifier}: the platform knows no service of the shop.`)
  }
  return checkServices(edge, services, report)
}

type Report = (rule: string, message: string) => readonly Violation[]

function checkDoorUse(edge: Import, report: Report): readonly Violation[] {
  if (isTest(edge.from) && /\/migrations\/?$/.test(edge.target!)) return [] // a folder of SQL has no door
  if (edge.target!.endsWith('/index.ts') && AREA.exec(edge.target!)![0] + 'index.ts' === edge.target) return []
  return report('doors', `imports ${edge.specifier}: an area is entered through its index.ts only.`)
}

interface AreaEdge {
  readonly file: string
  /** `undefined` outside packages/banyan. */
  readonly from: string | undefined
  readonly to: string
}

function checkAreaOrder({ file, from, to }: AreaEdge, report: Report): readonly Violation[] {
  if (to === TESTING_AREA) {
    if (!file.startsWith('packages/')) return []
    return report('testing-is-for-tests', 'imports testing, which only tests, benchmarks and campaigns may use.')
  }
  if (from === undefined) return []
  const [fromAt, toAt] = [AREAS.indexOf(from as 'core'), AREAS.indexOf(to as 'core')]
  if (fromAt < 0 || toAt < 0)
    return report('area-order', `${fromAt < 0 ? from : to} is no area of architecture-rules.ts.`)
  return toAt < fromAt ? [] : report('area-order', `${from} may not use ${to}: it comes later in ${AREAS.join(', ')}.`)
}

/** Another service is its contract, nothing else; the rest of the shop (topologies, app) puts services together. */
function checkServices(edge: Import, services: ReadonlySet<string>, report: Report): readonly Violation[] {
  const from = SERVICE.exec(edge.from)?.[1]
  const to = SERVICE.exec(edge.target!)?.[1]
  if (from === undefined || to === undefined || from === to) return []
  if (!services.has(from) || !services.has(to) || isTest(edge.from)) return []
  if (edge.target!.endsWith(`/${to}/contract.ts`)) return []
  return report(
    'only-contracts',
    `${from} imports ${edge.specifier}: of another service only its contract.ts is visible.`,
  )
}

function checkForeign(edge: Import, report: Report): readonly Violation[] {
  if (edge.specifier.startsWith('node:')) return []
  const name = edge.specifier
    .split('/')
    .slice(0, edge.specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const folders = FOREIGN_PACKAGES[name]
  if (!folders) return report('foreign-packages', `imports ${name}, which is not in FOREIGN_PACKAGES.`)
  if (!folders.some((folder) => edge.from.startsWith(folder))) {
    return report('foreign-packages', `imports ${name}, which is allowed only in ${folders.join(', ')}.`)
  }
  const outside = TEST_PACKAGES.has(name) && edge.from.startsWith('packages/') && !isTest(edge.from)
  return outside ? report('foreign-packages', `imports ${name}, which is for tests.`) : []
}

/** `export { a, type B } from './x.ts'` and nothing else. */
function checkDoor(file: SourceFile): readonly Violation[] {
  const rest = blankComments(file.text)
    .replace(/export (?:type )?\{[^}]*\} from '[^']+'/g, '')
    .trim()
  if (rest === '') return []
  const message = `holds more than named re-exports: ${rest.split('\n')[0]}`
  return [{ rule: 'doors-only-re-export', file: file.path, message }]
}

function checkStarExports(file: SourceFile): readonly Violation[] {
  if (!/^\s*export\s+(?:type\s+)?\*/m.test(blankComments(file.text))) return []
  return [{ rule: 'no-star-exports', file: file.path, message: 'has export *: name what is exported.' }]
}
