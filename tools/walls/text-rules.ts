import { blankComments } from './imports.ts'
import type { SourceFile, Violation } from './sources.ts'

/** A rule that looks at the lines of single files. */
export interface TextRule {
  readonly name: string
  readonly appliesTo: (path: string) => boolean
  /** A line that matches is a violation. */
  readonly pattern: RegExp
  readonly message: string
  /** Comments are looked at too. Default: only code. */
  readonly inComments?: boolean
  /** A comment in the line above, which says why, makes it right. */
  readonly unlessExplained?: boolean
}

const isCode = (path: string) => /\.(ts|js|mjs|tsx)$/.test(path)
const isProduct = (path: string) => /^packages\/[^/]+\/src\//.test(path) && isCode(path) && !path.endsWith('.test.ts')
const isOurs = (path: string) => !path.endsWith('package-lock.json') && !path.startsWith('tools/walls/text-rules')

export const TEXT_RULES: readonly TextRule[] = [
  {
    name: 'no-open-marks',
    appliesTo: (path) => isOurs(path) && (isCode(path) || path.endsWith('.sql')),
    pattern: /\b(TODO|FIXME|XXX|HACK)\b/,
    message: 'marks unfinished work: finish it, or write an issue.',
    inComments: true,
  },
  {
    name: 'no-machine-paths',
    appliesTo: isOurs,
    pattern: /(^|[\s"'`(=:])\/(work|home|root|Users)\/[\w.-]/,
    message: 'names a path of one machine.',
    inComments: true,
  },
  {
    name: 'no-registry-hosts',
    appliesTo: (path) => !path.startsWith('tools/walls/text-rules'),
    pattern: /https?:\/\/(registry|deb|npm|pypi)\.[a-z0-9.-]+|_authToken|NPM_TOKEN/,
    message: 'names a package registry: that is the machine’s business.',
    inComments: true,
  },
  {
    name: 'no-swallowed-failures',
    appliesTo: isProduct,
    pattern: /\.catch\(\(\w*\) *=> *(\{ *\}|undefined|null|void 0)\)/,
    message: 'swallows a failure: handle it, or say in a comment above why it does not matter.',
    unlessExplained: true,
  },
  {
    name: 'no-skipped-tests',
    appliesTo: (path) => path.endsWith('.test.ts') && !path.startsWith('tools/'),
    pattern: /\b(test|it|describe|suite)\.(only|todo)\b|\b(only|todo): *true/,
    message: 'keeps tests from running.',
  },
  {
    name: 'no-assembled-sql',
    appliesTo: isProduct,
    pattern: /`\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b[^`]*\$\{(?![A-Z_]+\})/,
    message:
      'assembles SQL from strings: pass values as parameters; where a name must vary, say why in a comment above.',
    unlessExplained: true,
  },
  {
    name: 'time-is-handed-in',
    appliesTo: (path) => isProduct(path) && !/^packages\/banyan\/src\/(core|testing)\/|^packages\/console\//.test(path),
    pattern: /\bnew Date\(\)/,
    message: 'reads the clock: use clock.now() (banyan/core).',
  },
  {
    name: 'plain-type-names',
    appliesTo: isProduct,
    pattern: /\b(interface|class|type) (I[A-Z][a-z]\w*|\w+(Impl|Manager|Helper|Helpers|Util|Utils))\b/,
    message: 'has a name that says nothing: name the noun, without I, Impl, Manager, Helper, Util.',
  },
]

export function checkText(files: readonly SourceFile[]): readonly Violation[] {
  return TEXT_RULES.flatMap((rule) =>
    files.filter((file) => rule.appliesTo(file.path)).flatMap((file) => apply(rule, file)),
  )
}

function apply(rule: TextRule, file: SourceFile): readonly Violation[] {
  const original = file.text.split('\n')
  const lines = rule.inComments ? original : blankComments(file.text).split('\n')
  return lines.flatMap((line, at) => {
    if (!rule.pattern.test(line)) return []
    if (rule.unlessExplained && isExplained(original, at)) return []
    return [{ rule: rule.name, file: `${file.path}:${at + 1}`, message: rule.message }]
  })
}

/** By a comment at the end of the line or in the line above. */
function isExplained(lines: readonly string[], at: number): boolean {
  return /\s\/\/ \S/.test(lines[at]!) || /^\s*(\/\/|\*)|\*\/\s*$/.test(lines[at - 1] ?? '')
}
