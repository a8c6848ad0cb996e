import type { SourceFile, Violation } from './sources.ts'

const MIGRATION = /\/migrations\/[^/]+\.sql$/
const HEADER = /^-- contract: \d+\.\d+\.\d+\n/
const TAKES_AWAY =
  /\bDROP\s+(TABLE|COLUMN|VIEW|FUNCTION|TYPE|SEQUENCE)\b|\bRENAME\s+(COLUMN|TO)\b|\bALTER\s+COLUMN\s+\S+\s+(SET\s+NOT\s+NULL|(SET\s+DATA\s+)?TYPE)\b/i

/** Applied before there was a release whose processes it could have hurt; a changed file would not be applied any more. */
const BEFORE_THE_FIRST_RELEASE = ['packages/banyan/src/saga/migrations/0002-timeline-lines.sql']

/** Processes of two releases work on one schema: what takes something away must say from which release on nobody needs it. */
export function checkMigrations(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .filter(({ path }) => MIGRATION.test(path) && !BEFORE_THE_FIRST_RELEASE.includes(path))
    .filter(({ text }) => TAKES_AWAY.test(text) && !HEADER.test(text))
    .map(({ path }) => ({
      rule: 'expand-then-contract',
      file: path,
      message: "takes something away: begin it with '-- contract: ' and the first release that does without.",
    }))
}
