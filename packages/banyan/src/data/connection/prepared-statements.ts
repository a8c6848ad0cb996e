import type { Columns } from './columns.ts'

/**
 * What one connection knows of a prepared statement.
 * - `sent`: Parse is on its way; others run the text unprepared until it is confirmed, so that they do not share its fate.
 * - `ready`: confirmed, columns known: Bind and Execute suffice, neither Parse nor Describe is sent.
 * - `uncertain`: something failed before it was confirmed: Close (harmless where there is none), then Parse.
 */
export type Prepared =
  | { readonly state: 'sent' }
  | { readonly state: 'ready'; readonly columns: Columns }
  | { readonly state: 'uncertain' }

export type PreparedStatements = Map<string, Prepared>
