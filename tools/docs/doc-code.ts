import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { SourceFile, Violation } from '../walls/sources.ts'

/** A fenced block of a document that is marked to be run: ```` ```ts run ````. */
export interface DocBlock {
  readonly file: string
  readonly line: number
  readonly code: string
}

export function runnableBlocks(files: readonly SourceFile[]): readonly DocBlock[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/^```ts run\n([\s\S]*?)^```$/gm)].map((match) => ({
      file: path,
      line: text.slice(0, match.index).split('\n').length,
      code: match[1]!,
    })),
  )
}

/** Runs a block as a module that may import `banyan/…` and `shop`; the output of a failure, or `null`. */
export function runBlock(root: string, block: DocBlock): string | null {
  const args = ['--input-type=module-typescript', '--eval', block.code]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(root, 'packages/shop'),
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  return status === 0 ? null : `${block.file}:${block.line} failed:\n${stdout}${stderr}`
}

/** Blocks that quote a file (```` ```ts examples/wishlist/service.ts ````) hold a piece of it, as it is now. */
export function checkQuotes(files: readonly SourceFile[]): readonly Violation[] {
  const texts = new Map(files.map((file) => [file.path, file.text]))
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(QUOTE)].flatMap(([, quoted, code]) => {
        if (texts.get(quoted!)?.includes(code!.trim())) return []
        return [{ rule: 'quotes', file: path, message: `quotes ${quoted} as it is not.` }]
      }),
    )
}

const QUOTE = /^```(?:ts|sql|json|yaml) (\S+\/\S+)\n([\s\S]*?)^```$/gm
