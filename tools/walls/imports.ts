import { posix } from 'node:path'
import type { SourceFile } from './sources.ts'

export interface Import {
  readonly from: string
  /** As written: `../core/index.ts`, `banyan/core`, `node:fs`, `pg`. */
  readonly specifier: string
  /** The file it leads to within the tree, `null` for packages. */
  readonly target: string | null
  readonly line: number
}

/** Where the packages of this workspace keep their doors: `banyan/core` → `packages/banyan/src/core/index.ts`. */
const WORKSPACE_PACKAGES = /^(banyan|shop|console)(?:\/(.+))?$/

/**
 * Every import, re-export, dynamic import and `new URL('…', import.meta.url)` of a file. Read with patterns, because
 * the TypeScript 7 compiler offers no programming interface; comments are blanked out before.
 */
export function importsOf(file: SourceFile): readonly Import[] {
  const text = blankComments(file.text)
  return PATTERNS.flatMap((pattern) => [...text.matchAll(pattern)]).map((match) => {
    const specifier = match[1]!
    return { from: file.path, specifier, target: resolve(file.path, specifier), line: lineAt(text, match.index) }
  })
}

/** Comments become spaces, so that positions and lines stay. Strings are kept: `'https://…'` is no comment. */
export function blankComments(text: string): string {
  return text.replace(COMMENT_OR_STRING, (piece) => (/^\/[/*]/.test(piece) ? piece.replace(/[^\n]/g, ' ') : piece))
}

const COMMENT_OR_STRING =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g

const PATTERNS = [
  /^\s*import\s+(?:type\s+)?[^'"`;()]*?from\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /^\s*export\s+(?:type\s+)?(?:\*|\{)[^'"`;()]*?from\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]/g,
  /\bnew URL\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g,
]

function resolve(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  const match = WORKSPACE_PACKAGES.exec(specifier)
  if (!match) return null
  const [, name, door] = match
  if (name === 'shop') return door ? `packages/shop/src/${door}` : 'packages/shop/src/app.ts'
  return `packages/${name}/src/${door ?? ''}/index.ts`
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
