/** One row of docs/patterns.md. */
export interface PatternRow {
  readonly pattern: string
  /** Targets of the links in the second column, relative to docs/. */
  readonly places: readonly string[]
  readonly command: string
  readonly tradeOff: string
}

/** The rows of every table of the document. */
export function parsePatterns(markdown: string): PatternRow[] {
  return markdown
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 6 && cells[3]!.startsWith('`'))
    .map(([, pattern, places, command, tradeOff]) => ({
      pattern: pattern!,
      places: [...places!.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!),
      command: command!.replaceAll('`', ''),
      tradeOff: tradeOff!,
    }))
}
