import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from '../shop-suite/cast.ts'

/** By person: the subjects and amounts of the mails to them, without ids. */
export async function readMails(outbox: string, people: readonly Person[]): Promise<string[][]> {
  const files = (await readdir(outbox)).filter((name) => name.endsWith('.eml'))
  const texts = await Promise.all(files.map((name) => readFile(join(outbox, name), 'utf8')))
  const byAddress = Map.groupBy(texts, (text) => /^To: .*<(.+)>\r$/m.exec(text)?.[1])
  return people.map(({ email }) => (byAddress.get(email) ?? []).map(essenceOf).toSorted())
}

function essenceOf(text: string): string {
  const whole = text.replaceAll('=\r\n', '') // lines that quoted-printable has folded
  const subject = /^Subject: (.*)\r$/m.exec(whole)![1]!.replace(/ord_\w+/, 'N')
  return [subject, ...(whole.match(/\$\d+\.\d\d/g) ?? [])].join(' ')
}
