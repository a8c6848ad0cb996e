// Renders an OpenAPI 3.1 document. No library, nothing from another host; text goes in as text, never as HTML.

import { describeSchema, exampleOf, resolve } from './schema.js'
import { breakable, element, prose } from './element.js'
import { titleOf } from './text.js'

const METHODS = ['get', 'post', 'put', 'delete']
const byId = (id) => document.getElementById(id)

const SOURCE = '/openapi.json'

await start()

async function start() {
  try {
    const response = await fetch(SOURCE)
    if (!response.ok) throw new Error(`The server answered ${response.status}.`)
    show(await response.json())
  } catch (error) {
    byId('operations').replaceChildren(
      element('p', {}, `${SOURCE} could not be shown. ${error.message} Reload to try again.`),
    )
  }
}

function show(api) {
  document.title = titleOf(api.info)
  byId('title').textContent = document.title
  // What is served without a version is one of these.
  const operations = listOperations(api).filter(({ version }) => version > 0)
  const versions = [...new Set(operations.map(({ version }) => version))].toSorted((a, b) => b - a)
  const asked = Number(new URLSearchParams(location.search).get('version'))
  const shown = versions.includes(asked) ? asked : versions[0]
  byId('version').replaceChildren(
    ...versions.map((version) => element('option', { value: version, selected: version === shown }, `v${version}`)),
  )
  byId('version').addEventListener('change', ({ target }) => location.assign(`/docs?version=${target.value}`))
  showOperations(
    api,
    operations.filter(({ version }) => version === shown),
  )
  byId('search').addEventListener('input', ({ target }) => filter(target.value))
  if (location.hash) byId(location.hash.slice(1))?.scrollIntoView()
}

function showOperations(api, operations) {
  const groups = groupByTag(operations)
  byId('contents').replaceChildren(
    ...groups.flatMap(([tag, members]) => [element('h2', {}, tag), ...members.map(linkTo)]),
  )
  byId('operations').replaceChildren(
    element('p', { class: 'soft' }, ...prose(api.info.description ?? '')),
    ...groups.flatMap(([tag, members]) => [
      element('h2', {}, tag),
      ...members.map((member) => articleFor(api, member)),
    ]),
  )
}

function listOperations(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      ...item[method],
      method,
      path,
      id: item[method].operationId,
      version: Number(/^\/api\/v(\d+)\//.exec(path)?.[1] ?? 0),
    })),
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
    element('span', {}, ...breakable(path.replace(/^\/api\/v\d+/, ''))),
  )
}

function methodMark(method) {
  return element('span', { class: `method ${method}` }, method.toUpperCase())
}

function articleFor(api, operation) {
  const { id, method, path, summary = '', description, deprecated } = operation
  const body = operation.requestBody?.content?.['application/json']?.schema
  return element(
    'article',
    {
      id,
      'data-text':
        `${method} ${path} ${summary} ${id} ${JSON.stringify([operation.parameters, operation.requestBody])}`.toLowerCase(),
    },
    element(
      'header',
      {},
      methodMark(method),
      element('h3', {}, ...breakable(path)),
      deprecated && element('span', { class: 'required' }, 'deprecated'),
    ),
    element(
      'div',
      {},
      element('p', {}, ...prose(summary)),
      description && element('p', { class: 'soft' }, ...prose(description)),
      element(
        'div',
        { class: 'halves' },
        element('div', {}, ...requestPart(api, operation, body)),
        element('div', {}, ...responsesPart(api, operation.responses ?? {})),
      ),
    ),
  )
}

function requestPart(api, operation, body) {
  return [
    ...parametersPart(api, operation.parameters ?? []),
    body && element('h4', {}, 'Body'),
    body && describeSchema(api, body),
    element('h4', {}, 'Example'),
    element('pre', {}, curlFor(api, operation, body)),
  ]
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
      parameter.required && element('span', { class: 'required' }, 'required '),
      parameter.schema && describeSchema(api, parameter.schema),
      parameter.description && element('span', { class: 'soft' }, ' · ', ...prose(parameter.description)),
    )
  })
  return [element('h4', {}, 'Parameters'), element('ul', { class: 'fields' }, ...items)]
}

function responsesPart(api, responses) {
  const answers = Object.entries(responses).map(([status, given]) => answerPart(api, status, resolve(api, given)))
  return [element('h4', {}, 'Answers'), ...answers]
}

/** Of an error its codes are enough until somebody opens it. */
function answerPart(api, status, { description = '', content }) {
  const schema = content?.['application/json']?.schema
  const codes = description.match(/[a-z-]+\.[A-Z_]+/g)
  const title = codes
    ? [...new Set(codes)].flatMap((code) => [' ', element('code', {}, code)])
    : [' ', ...prose(description)]
  return element(
    'details',
    { open: status.startsWith('2') && !!schema },
    element('summary', {}, element('code', {}, status), ...title),
    codes && element('p', { class: 'soft' }, ...prose(description)),
    schema && describeSchema(api, schema),
  )
}

function curlFor(api, { method, path, parameters = [], security = [] }, body) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => {
    const parameter = parameters.map((given) => resolve(api, given)).find((one) => one.name === name)
    return encodeURIComponent(String(exampleOf(api, parameter?.schema ?? {}) ?? name))
  })
  const lines = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${location.origin}${filled}`]
  if (security.length > 0 && security.every((scheme) => Object.keys(scheme).length > 0)) {
    lines.push(`-H "Authorization: Bearer $TOKEN"`)
  }
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
