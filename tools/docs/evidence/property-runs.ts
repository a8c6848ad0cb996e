/** What fast-check runs where nothing is said. */
const DEFAULT_RUNS = 100

/** How many histories a property test tries in one `npm test`, told from its text: `numRuns: 400`, `runs: 300`. */
export function countPropertyRuns(text: string): number {
  const asserted = [...text.matchAll(/\bfc\.assert\(|\bsimulate\(t\b/g)].length
  const explicit = [...text.matchAll(/\b(?:numRuns|runs): ([\d_]+)/g)].map((match) =>
    Number(match[1]!.replaceAll('_', '')),
  )
  return explicit.reduce((sum, runs) => sum + runs, 0) + DEFAULT_RUNS * Math.max(0, asserted - explicit.length)
}
