import { toCamel } from './template.ts'

/** Adds a service's import and its entry in `services: […]`. @throws Error that says what it did not find */
export function registerInApp(text: string, name: string): string {
  const service = `${toCamel(name)}Service`
  return appendToList(addImport(text, `import { ${service} } from './${name}/service.ts'`), service, /^[\w\s,]*$/)
}

/** Adds a service's name to the one process of a topology. @throws Error that says what it did not find */
export function registerInTopology(text: string, name: string): string {
  return appendToList(text, `'${name}'`, /^(\s*'[a-z0-9-]+'\s*,?)*\s*$/)
}

const SERVICES = /\bservices: \[([^\]]*)\]/g

/** Only a list that is plainly a list of what we add is touched: anything cleverer is its author's to change. */
function appendToList(text: string, item: string, allowed: RegExp): string {
  const lists = [...text.matchAll(SERVICES)]
  const items = lists[0]?.[1] ?? ''
  if (lists.length !== 1 || !allowed.test(items)) {
    const found = lists.length === 1 ? `this one holds ${items.trim()}` : `there are ${lists.length}`
    throw new Error(`it needs one plain list 'services: [a, b]', ${found}. Add ${item} by hand.`)
  }
  const kept = items.trim().replace(/,$/, '')
  return text.replace(SERVICES, () => `services: [${kept === '' ? '' : `${kept}, `}${item}]`)
}

const RELATIVE_IMPORT = /^import [^;'"]*? from '(\.\/[^']+)'$/gm

/** Before the first relative import that sorts behind it. */
function addImport(text: string, line: string): string {
  const imports = [...text.matchAll(RELATIVE_IMPORT)]
  const last = imports.at(-1)
  if (!last) throw new Error(`it has no imports like ${line} Add it by hand.`)
  const path = /'(.*)'/.exec(line)![1]!
  const next = imports.find((one) => one[1]! > path)
  const at = next ? next.index : last.index + last[0].length + 1
  return `${text.slice(0, at)}${line}\n${text.slice(at)}`
}
