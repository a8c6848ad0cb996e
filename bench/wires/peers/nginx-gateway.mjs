// nginx, one worker, keep-alive to the service: as its own guide says a proxy for many small answers should be set.
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [service] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'banyan-nginx-'))
const port = await freePort()
const config = `
worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 60s;
  client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  upstream service { server 127.0.0.1:${service}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} reuseport;
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
  }
}`
writeFileSync(join(folder, 'nginx.conf'), config)
const nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
process.on('SIGTERM', () => nginx.kill('SIGTERM'))
nginx.on('exit', () => process.exit())
console.log(port)

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
