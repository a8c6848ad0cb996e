import { readFile } from 'node:fs/promises'
import type { JournalLine } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'

/** @throws `api.INVALID_OPTIONS` naming the first line that is none. */
export async function readJournal(path: string): Promise<JournalLine[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw usageFault('--journal', `${path} cannot be read (${cause.code}).`)
  })
  const lines = text.split('\n')
  return lines.flatMap((line, index) => (line === '' ? [] : [parseLine(line, `${path}:${index + 1}`)]))
}

function parseLine(line: string, place: string): JournalLine {
  const parsed = parseJson(line) as Partial<JournalLine> | null
  if (typeof parsed?.key === 'string' && typeof parsed.method === 'string' && typeof parsed.path === 'string') {
    return { status: null, orderId: null, ...parsed } as JournalLine
  }
  throw badLine(place)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function badLine(place: string): Error {
  const example = '{"key":…,"method":…,"path":…,"status":…,"orderId":…}'
  return usageFault('--journal', `${place} is no journal line. Each line is ${example}.`)
}
