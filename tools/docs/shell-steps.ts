import type { SourceFile } from '../walls/sources.ts'

/** A command block of a tutorial with the output that the reader is shown. */
export interface ShellStep {
  readonly line: number
  readonly script: string
  /** `null`: the tutorial shows none. */
  readonly expected: RegExp | null
}

/** The ```` ```sh run ```` blocks of a document in order, each with the output block that directly follows it. */
export function shellSteps({ text }: SourceFile): readonly ShellStep[] {
  return [...text.matchAll(/^```sh run\n([\s\S]*?)^```\n\n?(?:```(?:json|text)\n([\s\S]*?)^```$)?/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    script: match[1]!,
    expected: match[2] === undefined ? null : outputPattern(match[2]),
  }))
}

/** What is shown, with `…` standing for anything; it may begin and end anywhere in the output. */
export function outputPattern(shown: string): RegExp {
  const pieces = shown.trim().split(/\s*…\s*/)
  return new RegExp(pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*?'))
}
