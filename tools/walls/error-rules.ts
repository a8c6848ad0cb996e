import type { ErrorRow } from '../docs/error-docs.ts'
import { blankComments } from './imports.ts'
import { isTest, type SourceFile, type Violation } from './sources.ts'

/** Every code is unique, well formed, tells something, and is raised or declared somewhere outside its table. */
export function checkErrorTables(rows: readonly ErrorRow[], files: readonly SourceFile[]): readonly Violation[] {
  const seen = new Map<string, string>()
  return rows.flatMap((row) => {
    const report = (message: string) => ({
      rule: 'error-tables',
      file: row.file,
      message: `${row.factory.code} ${message}`,
    })
    const first = seen.get(row.factory.code)
    seen.set(row.factory.code, row.file)
    return [
      first === undefined ? null : report(`is declared twice, first in ${first}.`),
      /^[a-z][a-z-]*\.[A-Z][A-Z0-9_]*$/.test(row.factory.code) ? null : report('is not written area.CODE.'),
      row.factory.spec.message.length >= 15 ? null : report('has a message that says neither fact nor cure.'),
      isUsed(row, files) ? null : report('is raised nowhere. Delete it, or raise it.'),
    ].filter((violation) => violation !== null)
  })
}

function isUsed({ table, name, file }: ErrorRow, files: readonly SourceFile[]): boolean {
  const use = new RegExp(`\\b${table}\\s*\\.${name}\\b|\\.\\.\\.${table}\\b|Object\\.values\\(${table}\\)`)
  return files.some(
    ({ path, text }) => path !== file && path.endsWith('.ts') && !isTest(path) && use.test(blankComments(text)),
  )
}
