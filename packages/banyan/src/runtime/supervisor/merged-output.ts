import { createInterface } from 'node:readline'

export interface MergedOutputOptions {
  readonly write: (text: string) => void
  /** On a terminal. */
  readonly hasColours: boolean
}

/** The lines of several processes as one stream, each line whole, with the name of its process. */
export interface MergedOutput {
  add(name: string, stream: NodeJS.ReadableStream): void
}

/** Cyan, magenta, yellow, green, blue, then the bright ones: readable on black and on white. */
const COLOURS = [36, 35, 33, 32, 34, 96, 95, 93, 92, 94]

/**
 * On a terminal each line has its process in a colour of its own before it. Elsewhere log lines go out as they are: they are
 * JSON and name their process, and a prefix would keep machines from reading them; other lines have it.
 */
export function createMergedOutput({ write, hasColours }: MergedOutputOptions): MergedOutput {
  const colours = new Map<string, number>()
  let width = 0

  return {
    add(name, stream) {
      width = Math.max(width, name.length)
      const colour = colourOf(name)
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        const isLogLine = line.startsWith('{')
        const label = name.padEnd(width)
        if (hasColours) write(`\u001B[${colour}m${label} │\u001B[0m ${line}\n`)
        else write(isLogLine ? `${line}\n` : `${label} | ${line}\n`)
      })
    },
  }

  /** All instances of a process have the same. */
  function colourOf(name: string): number {
    const process = name.replace(/-\d+$/, '')
    const colour = colours.get(process) ?? COLOURS[colours.size % COLOURS.length]!
    colours.set(process, colour)
    return colour
  }
}
