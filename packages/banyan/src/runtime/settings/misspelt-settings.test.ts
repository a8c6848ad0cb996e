import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { platformSettings } from './platform-settings.ts'
import { settingsOf } from './service-settings.ts'
import { findMisspelt } from './misspelt-settings.ts'
import type { SettingTable } from './settings.ts'

const services = ['users', 'orders'].map((name) => ({ contract: { name } }))
const table: SettingTable = settingsOf({ services } as unknown as Parameters<typeof settingsOf>[0])

const MISSPELT = {
  RATE_LIMITT: 'RATE_LIMIT_PER_SECOND',
  RATE_LIMIT: 'RATE_LIMIT_PER_SECOND',
  RATE_LIMIT_PER_SECONDS: 'RATE_LIMIT_PER_SECOND',
  TRUSTED_PROXY: 'TRUST_PROXY',
  CORS_ORIGIN: 'CORS_ORIGINS',
  LOGLEVEL: 'LOG_LEVEL',
  DATABASE_URI: 'DATABASE_URL',
  REDIS_URI: 'REDIS_URL',
  ORDER_DATABASE_URL: 'ORDERS_DATABASE_URL',
  BANYAN_TOPOLOGIE: 'BANYAN_TOPOLOGY',
  TOKEN_KEY: 'TOKEN_KEYS',
}

/** What shells, CI, containers, Kubernetes, npm, databases, proxies and OpenTelemetry set. */
const OF_OTHERS = `PATH HOME HOSTNAME USER SHELL LANG LC_ALL TERM PWD OLDPWD SHLVL EDITOR LOGNAME TMPDIR TZ MAIL DISPLAY COLORTERM
  TERM_PROGRAM SSH_AUTH_SOCK SSH_CONNECTION XDG_DATA_DIRS XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS SESSION_MANAGER
  HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy FORCE_COLOR NO_COLOR CI GITHUB_TOKEN GITHUB_ACTIONS RUNNER_TEMP
  NODE NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_TEST_CONTEXT INIT_CWD npm_package_name npm_lifecycle_event
  KUBERNETES_SERVICE_HOST KUBERNETES_PORT ORDERS_SERVICE_HOST ORDERS_SERVICE_PORT ORDERS_PORT ORDERS_PORT_4101_TCP
  ORDERS_PORT_4101_TCP_ADDR USERS_PORT USERS_PORT_4101_TCP_PROTO POD_NAME POD_NAMESPACE POSTGRES_PASSWORD POSTGRES_DB
  PGHOST PGPASSWORD PGDATABASE REDIS_HOST REDIS_PORT REDIS_PASSWORD NATS_USER NATS_PASSWORD SMTP_HOST SMTP_PORT AWS_REGION
  AWS_SECRET_ACCESS_KEY OTEL_TRACES_SAMPLER OTEL_METRICS_EXPORTER OTEL_EXPORTER_OTLP_TIMEOUT OTEL_EXPORTER_OTLP_PROTOCOL
  OTEL_SERVICE_NAME CACHE_DIR DATA_DIR DATA_URL LOG_FORMAT LOG_FILE SECRET_KEY APP_ENV BASE_URL PUBLIC_URL`

describe('a variable that nearly is a setting', () => {
  for (const [name, meant] of Object.entries(MISSPELT)) {
    test(`${name} is probably ${meant}`, () => {
      assert.deepEqual(findMisspelt(table, { PATH: '/bin', [name]: 'x' }), [{ name, meant }])
    })
  }

  test('is left alone where the setting itself is set: then it is somebody else’s', () => {
    assert.deepEqual(findMisspelt(table, { DATABASE_URI: 'x', DATABASE_URL: 'postgres://one/shop' }), [])
  })

  test('is not what others set', () => {
    const names = OF_OTHERS.trim().split(/\s+/)
    assert.ok(names.length > 80)
    assert.deepEqual(findMisspelt(table, Object.fromEntries(names.map((name) => [name, 'x']))), [])
  })

  test('is no setting', () => {
    const names = Object.keys(table)
    assert.ok(names.length > Object.keys(platformSettings).length)
    for (const name of names) assert.deepEqual(findMisspelt(table, { [name]: 'x' }), [])
  })
})
