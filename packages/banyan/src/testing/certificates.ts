import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlsMaterial } from '../mesh/index.ts'

type Names = readonly [string, ...string[]]

/** Signs a certificate for the names of a process. */
export interface TestAuthority {
  (...names: Names): TlsMaterial
  /** One that ended yesterday. */
  expired(...names: Names): TlsMaterial
}

export function createTestAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-tls-'))
  const at = (file: string) => join(folder, file)
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'ignore' })
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  openssl(
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca',
  )
  return Object.assign((...names: Names) => sign(names, 2), { expired: (...names: Names) => sign(names, -1) })

  function sign(names: Names, days: number): TlsMaterial {
    const [name] = names
    openssl(
      `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`,
    )
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names.map((one) => `DNS:${one}`).join(',')}`)
    openssl(
      `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days ${days} -out ${name}.pem -extfile ${name}.ext`,
    )
    const read = (file: string) => readFileSync(at(file), 'utf8')
    return { cert: read(`${name}.pem`), key: read(`${name}.key`), ca: read('ca.pem') }
  }
}
