import { isPlatformArea } from '../../contract/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'
import { fillTemplate, toCamel, type TemplateFile } from './template.ts'

export interface NameContext {
  readonly app: AppDefinition
  readonly template: readonly TemplateFile[]
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const MAX_CHARACTERS = 31

/** @throws `api.INVALID_OPTIONS`: fact, value, cure */
export function checkName(name: string, context: NameContext): void {
  const fault = faultOf(name, context)
  if (fault !== null) throw usageFault('The name', `${JSON.stringify(name)} ${fault}`)
}

function faultOf(name: string, { app, template }: NameContext): string | null {
  const services = app.services.map(({ contract }) => contract.name)
  if (!NAME.test(name) || name.length > MAX_CHARACTERS) {
    return `must be words of a-z and 0-9 joined by '-', beginning with a letter, at most ${MAX_CHARACTERS} characters: gift-cards.`
  }
  if (services.includes(name)) return `is a service already. Services: ${services.join(', ')}.`
  if (isPlatformArea(name) || OURS.test(name)) return 'belongs to the platform. Choose another.'
  if (RESERVED.has(toCamel(name)) || wordsOf(template).has(toCamel(name))) {
    return 'is a word that the files of a service use for something else. Choose another, e.g. the plural.'
  }
  const route = `/users/:userId/${name}`
  const taken = app.services.find(({ contract }) =>
    Object.values(contract.operations).some(({ http }) => http?.path === route),
  )
  return taken ? `would serve ${route}, which is a route of ${taken.contract.name}. Choose another.` : null
}

/** Schemas of PostgreSQL's own, and prefixes of ours. */
const OURS = /^(core|contract|cli|testing|banyan(-.*)?|pg(-.*)?|public|information-schema|postgres)$/

function wordsOf(template: readonly TemplateFile[]): ReadonlySet<string> {
  return new Set(template.flatMap(({ text }) => fillTemplate(text, '0').match(/[A-Za-z_]\w*/g) ?? []))
}

/** Words of the language that the template happens not to use. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'abstract arguments await break case catch class continue debugger default delete do else enum eval extends false finally for ' +
    'function if implements in instanceof let null package private protected public return static super switch this ' +
    'throw true try typeof undefined var void while with yield'
  ).split(' '),
)
