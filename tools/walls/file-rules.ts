import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { SourceFile, Violation } from './sources.ts'

const MAX_LINES = 400
const MAX_README_LINES = 150
const TEST_LEVELS = ['integration', 'property', 'fault', 'campaign', 'architecture', 'wire']

/** Sizes, names and links: what can be said of a file without reading code. */
export function checkFiles(root: string, files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => [...checkSize(file), ...checkName(file), ...checkLinks(root, file)])
}

function checkSize({ path, text }: SourceFile): readonly Violation[] {
  const lines = text.split('\n').length - 1
  const limit = path === 'README.md' ? MAX_README_LINES : /\.(ts|tsx|js|mjs|sql)$/.test(path) ? MAX_LINES : Infinity
  if (lines <= limit) return []
  return [
    { rule: 'file-size', file: path, message: `has ${lines} lines, at most ${limit}: it is probably two concepts.` },
  ]
}

function checkName({ path }: SourceFile): readonly Violation[] {
  const name = posix.basename(path)
  const level = /\.(\w+)\.test\.ts$/.exec(name)?.[1]
  const isOurs = /^(packages|tools|bench|chaos)\/.*\.(ts|sql)$/.test(path)
  if (level !== undefined && !TEST_LEVELS.includes(level)) {
    return [{ rule: 'test-level', file: path, message: `has the level ${level}; known are ${TEST_LEVELS.join(', ')}.` }]
  }
  if (isOurs && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(name)) {
    return [{ rule: 'kebab-case', file: path, message: 'is not in kebab-case.' }]
  }
  if (isOurs && /^(utils?|helpers?|misc|common|types)\.ts$/.test(name)) {
    return [{ rule: 'file-name', file: path, message: 'names no concept: name the file after what is in it.' }]
  }
  return []
}

/** `[text](../path#anchor)` must lead to a file. */
function checkLinks(root: string, { path, text }: SourceFile): readonly Violation[] {
  if (!path.endsWith('.md')) return []
  const targets = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)/g)].map((match) => match[1]!)
  return targets
    .filter((target) => !existsSync(join(root, posix.dirname(path), target)))
    .map((target) => ({ rule: 'links', file: path, message: `links to ${target}, which does not exist.` }))
}
