// Renders an OpenAPI 3.1 document. No library, nothing from another host; text goes in as text, never as HTML.

import { describeSchema, exampleOf, resolve } from './schema.js'
import { element } from './element.js'

const METHODS = ['get', 'post', 'put', 'delete']
const byId = (id) => document.getElementById(id)

await start()

async function start() {
  const document = await load(new URLSearchParams(location.search).get('version'))
  if (document) show(document)
}

async function load(version) {
  const source = version ? `/openapi.json?version=${encodeURIComponent(version)}` : '/openapi.json'
  byId('source').href = source
  try {
    const response = await fetch(source)
    if (!response.ok) throw new Error(`The server answered ${response.status}.`)
    return await response.json()
  } catch (error) {
    byId('operations').replaceChildren(
      element('p', {}, `${source} could not be read. ${error.message} Reload to try again.`),
    )
    return null
  }
}

function show(api) {
  byId('title').textContent = `${api.info.title} ${api.info.version}`
  document.title = api.info.title
  showVersions(api)
  const groups = groupByTag(listOperations(api))
  byId('contents').replaceChildren(
    ...groups.flatMap(([tag, operations]) => [element('h2', {}, tag), ...operations.map(linkTo)]),
  )
  byId('operations').replaceChildren(
    ...groups.flatMap(([tag, operations]) => [
      element('h2', { 'data-group': tag }, tag),
      ...operations.map((operation) => articleFor(api, operation)),
    ]),
  )
  byId('search').addEventListener('input', ({ target }) => filter(target.value))
  if (location.hash) byId(location.hash.slice(1))?.scrollIntoView()
}

function showVersions(api) {
  const select = byId('version')
  const versions = api['x-api-versions'] ?? [api.info.version]
  const shown = String(api['x-api-version'] ?? api.info.version)
  select.replaceChildren(
    ...versions.map((version) =>
      element('option', { value: version, selected: String(version) === shown }, `v${version}`),
    ),
  )
  select.addEventListener('change', () => location.assign(`/docs?version=${encodeURIComponent(select.value)}`))
}

function listOperations(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const parameters = [...(item.parameters ?? []), ...(item[method].parameters ?? [])]
      return { ...item[method], parameters, method, path, id: item[method].operationId ?? `${method}-${path}` }
    }),
  )
}

function groupByTag(operations) {
  return [...Map.groupBy(operations, ({ tags }) => tags?.[0] ?? 'operations')]
}

function linkTo({ id, method, path }) {
  return element(
    'a',
    { href: `#${id}`, 'data-for': id },
    methodMark(method),
    element('span', {}, path.replace(/^\/api\/v\d+/, '')),
  )
}

function methodMark(method) {
  return element('span', { class: `method ${method}` }, method.toUpperCase())
}

function articleFor(api, operation) {
  const { id, method, path, summary = '', description } = operation
  const body = operation.requestBody?.content?.['application/json']?.schema
  return element(
    'article',
    { id, 'data-text': `${method} ${path} ${summary} ${id} ${JSON.stringify(operation)}`.toLowerCase() },
    element('header', {}, methodMark(method), element('h3', {}, path), element('span', { class: 'soft' }, id)),
    element(
      'div',
      {},
      element('p', {}, summary),
      description && element('p', { class: 'soft' }, description),
      ...parametersPart(api, operation.parameters),
      body && element('h4', {}, 'Body'),
      body && describeSchema(api, body),
      ...responsesPart(api, operation.responses ?? {}),
      element('h4', {}, 'Example'),
      element('pre', {}, curlFor(api, operation, body)),
    ),
  )
}

function parametersPart(api, parameters) {
  if (parameters.length === 0) return []
  const items = parameters.map((given) => {
    const parameter = resolve(api, given)
    return element(
      'li',
      {},
      element('code', {}, parameter.name),
      ` in ${parameter.in} `,
      parameter.required && element('span', { class: 'required' }, 'required'),
      parameter.description && element('span', { class: 'soft' }, ` ${parameter.description}`),
      parameter.schema && describeSchema(api, parameter.schema),
    )
  })
  return [element('h4', {}, 'Parameters'), element('ul', { class: 'fields' }, ...items)]
}

function responsesPart(api, responses) {
  return Object.entries(responses).flatMap(([status, given]) => {
    const response = resolve(api, given)
    const schema = response.content?.['application/json']?.schema
    const title = element('summary', {}, element('code', {}, status), ` ${response.description ?? ''}`)
    const isSuccess = status.startsWith('2')
    return [element('details', { open: isSuccess && !!schema }, title, schema && describeSchema(api, schema))]
  })
}

function curlFor(api, { method, path, parameters }, body) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const parameter = parameters.map((given) => resolve(api, given)).find((one) => one.name === name)
    return encodeURIComponent(String(exampleOf(api, parameter?.schema ?? {}) ?? name))
  })
  const lines = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${location.origin}${filled}`]
  if (body) lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(exampleOf(api, body))}'`)
  return lines.join(' \\\n  ')
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/)
  for (const article of document.querySelectorAll('article')) {
    const matches = words.every((word) => article.dataset.text.includes(word))
    article.hidden = !matches
    document.querySelector(`nav a[data-for="${CSS.escape(article.id)}"]`).hidden = !matches
  }
}
