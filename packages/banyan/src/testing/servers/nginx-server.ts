import { spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findBinary, findFreePort } from '../../chaos/index.ts'
import {
  openServerFolder,
  readShipped,
  waitForAnswer,
  type SharedCache,
  type SharedCacheOptions,
} from './shared-cache.ts'

const SHIPPED = new URL('../../../../../deploy/nginx/banyan.conf', import.meta.url)

/** nginx as `deploy/nginx` configures it. */
export async function startTestNginx({ origin }: SharedCacheOptions): Promise<SharedCache> {
  const binary = findBinary('nginx', ['nginx'], process.env)
  const folder = await openServerFolder('nginx')
  const port = await findFreePort()
  const cache = join(folder.path, 'cache')
  await mkdir(join(folder.path, 'logs'))
  const shipped = await readShipped(SHIPPED, {
    '/var/cache/nginx/banyan': cache,
    '/run/banyan-edge.sock': join(folder.path, 'edge.sock'),
    '127.0.0.1:3000': new URL(origin).host,
    'listen 8080': `listen 127.0.0.1:${port}`,
  })
  await writeFile(join(folder.path, 'nginx.conf'), around(shipped, folder.path))

  const url = `http://127.0.0.1:${port}`
  const server = spawn(binary, ['-p', folder.path, '-c', join(folder.path, 'nginx.conf'), '-e', 'logs/error.log'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  folder.keep(server)
  const said: string[] = []
  server.stderr.on('data', (chunk) => said.push(String(chunk)))
  await waitForAnswer(url, server, () => said.join('')).catch(async (error: unknown) => {
    await folder.stop()
    throw error
  })
  const { stop } = folder
  return { name: 'nginx', url, purgeUrl: pathToFileURL(cache).href, stop, [Symbol.asyncDispose]: stop }
}

/** One worker of the user who runs the test, everything in its folder. */
function around(shipped: string, folder: string): string {
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ')
  return `${user}
daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 512; }
http {
  access_log off;
  ${temporary}
${shipped}}
`
}
