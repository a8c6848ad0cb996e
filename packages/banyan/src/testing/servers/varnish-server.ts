import { spawn } from 'node:child_process'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findBinary, findFreePort } from '../../chaos/index.ts'
import {
  openServerFolder,
  readShipped,
  waitForAnswer,
  type SharedCache,
  type SharedCacheOptions,
} from './shared-cache.ts'

const SHIPPED = new URL('../../../../../deploy/varnish/', import.meta.url)

export interface VarnishOptions extends SharedCacheOptions {
  /** How it purges: by the index of `varnish-modules`, or by bans, which need no module. Default `xkey`. */
  readonly purgeBy?: 'xkey' | 'bans'
}

/** Varnish as `deploy/varnish` configures it. */
export async function startTestVarnish({ origin, purgeBy = 'xkey' }: VarnishOptions): Promise<SharedCache> {
  const binary = findBinary('varnishd', ['varnish', 'varnish-modules'], process.env)
  const folder = await openServerFolder('varnish')
  const { hostname, port: originPort } = new URL(origin)
  const purging = `purge-by-${purgeBy}.vcl`
  const vcl = await readShipped(new URL('default.vcl', SHIPPED), {
    '.host = "127.0.0.1"': `.host = "${hostname}"`,
    '.port = "3000"': `.port = "${originPort}"`,
    'include "purge-by-xkey.vcl"': `include "${purging}"`,
  })
  await writeFile(join(folder.path, 'default.vcl'), vcl)
  for (const name of ['banyan.vcl', purging]) await copyFile(new URL(name, SHIPPED), join(folder.path, name))

  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const place = ['-n', join(folder.path, 'work'), '-a', `127.0.0.1:${port}`, '-f', join(folder.path, 'default.vcl')]
  // No jail: it would need users that a test machine does not have.
  // No holding off after a refused connection either: it is asked whether it is up before its origin is.
  const parameters = ['thread_pools=1', 'backend_remote_error_holddown=0', `vcl_path=${folder.path}`]
  const limits = ['-j', 'none', '-s', 'malloc,32m', ...parameters.flatMap((parameter) => ['-p', parameter])]
  const server = spawn(binary, ['-F', ...limits, ...place], { stdio: ['ignore', 'pipe', 'pipe'] })
  folder.keep(server)
  const said: string[] = []
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => said.push(String(chunk)))
  await waitForAnswer(url, server, () => said.join('')).catch(async (error: unknown) => {
    await folder.stop()
    throw error
  })
  const { stop } = folder
  return { name: `Varnish (${purgeBy})`, url, purgeUrl: `${url}/`, stop, [Symbol.asyncDispose]: stop }
}
