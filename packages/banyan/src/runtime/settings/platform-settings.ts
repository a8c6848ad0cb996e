import { parsePurgeUrls } from '../../cache/index.ts'
import { parseFaults } from '../../core/index.ts'
import { parseNatsUrl } from '../../events/index.ts'
import { parseCorsOrigins, parseTagHeader, parseTokenKeys, parseTrustProxy } from '../../gateway/index.ts'
import { parseWireAddress } from '../../mesh/index.ts'
import { parseCollectorEndpoint, parseCollectorHeaders, parseLogLevel } from '../../observe/index.ts'
import { parseHealthAddress } from '../edge/health-server.ts'
import { choiceSetting, databaseSetting, integerSetting, parsedSetting, textSetting, urlSetting } from './settings.ts'

/** What every start understands, whatever the app. */
export const platformSettings = {
  PORT: integerSetting('Port of the gateway; 0: any free one', { fallback: 3000, minimum: 0, maximum: 65_535 }),
  HOST: textSetting({ description: 'Address the gateway listens on', default: '127.0.0.1' }),
  NODE_ENV: choiceSetting(
    'In production nothing is seeded and secrets must be set',
    ['development', 'test', 'production'],
    'development',
  ),
  BANYAN_DATA: textSetting({ description: 'Data folder: embedded PostgreSQL, secrets, mail', default: '.banyan' }),
  BANYAN_TOPOLOGY: textSetting({ description: 'Which services run in which processes', default: 'monolith' }),
  BANYAN_PROCESS: textSetting({
    description: 'Name of this process, unique among living ones; the same at its next start',
  }),
  BANYAN_ADDRESS: parsedSetting(
    {
      description: 'Where `banyan serve` is reached by other processes: tcp://0.0.0.0:4101, unix:///run/orders.sock',
    },
    parseOwnAddress,
  ),
  HEALTH_ADDRESS: parsedSetting(
    {
      description:
        'Where this process serves /health/live, /health/ready and /metrics beside the gateway: 127.0.0.1:9464; none: nowhere',
    },
    parseHealthAddress,
  ),
  WIRE_TLS_CERT: textSetting({
    description:
      'File with this process’ certificate (PEM) for mutual TLS between processes; it names its services, the gateway’s `gateway` and `first-start`; none: plain text',
  }),
  WIRE_TLS_KEY: textSetting({ description: 'File with the key of that certificate' }),
  WIRE_TLS_CA: textSetting({ description: 'File with the authority that signed the certificates of all processes' }),
  DATABASE_URL: databaseSetting('One PostgreSQL (15 or newer) for all services; none: embedded'),
  NATS_URL: parsedSetting(
    { description: 'NATS JetStream that carries events between processes; none: the feed does', secret: true },
    (text) => (parseNatsUrl(text), text),
  ),
  NATS_PREFIX: parsedSetting(
    { description: 'Begins the names of streams and subjects in NATS', default: 'banyan' },
    (text) => {
      if (/^[a-z][a-z0-9-]{0,30}$/.test(text)) return text
      throw new Error('must be lower case letters, digits and dashes, at most 31')
    },
  ),
  NATS_REPLICAS: integerSetting('Copies of each stream in a NATS cluster', { fallback: 1, minimum: 1, maximum: 5 }),
  REDIS_URL: urlSetting(
    {
      description: 'Redis that gateways share kept answers and rate limits through; none: each has its own',
      secret: true,
    },
    ['redis', 'rediss'],
  ),
  REDIS_PREFIX: parsedSetting({ description: 'Begins the names of keys in Redis', default: 'banyan' }, (text) => {
    if (/^[a-z][a-z0-9-]{0,30}$/.test(text)) return text
    throw new Error('must be lower case letters, digits and dashes, at most 31')
  }),
  CACHE_MAX_BYTES: integerSetting('Most bytes of answers that a gateway keeps in memory; 0: it keeps none', {
    fallback: 67_108_864,
    minimum: 0,
    maximum: 68_719_476_736,
  }),
  QUERY_CACHE_MAX_BYTES: integerSetting(
    'Most bytes of query results that each service keeps in memory; 0: it keeps none',
    {
      fallback: 16_777_216,
      minimum: 0,
      maximum: 68_719_476_736,
    },
  ),
  RATE_LIMIT_PER_SECOND: integerSetting(
    'Requests a second and client, at each gateway; with REDIS_URL at all together; 0: no limit',
    {
      fallback: 1_000,
      minimum: 0,
      maximum: 1_000_000,
    },
  ),
  TRUST_PROXY: parsedSetting(
    { description: 'Proxies before the gateway that may name the client: hop count or CIDRs' },
    parseTrustProxy,
  ),
  CORS_ORIGINS: parsedSetting(
    { description: 'Origins of browsers that may call the API, separated by commas' },
    parseCorsOrigins,
  ),
  CACHE_TAG_HEADER: parsedSetting(
    { description: 'Header with the cache tags of an answer, as the CDN in front calls it', default: 'Cache-Tag' },
    parseTagHeader,
  ),
  CDN_PURGE_URL: parsedSetting(
    {
      description:
        'Caches in front that are told what has become old: http://host:6081/ (with {tag}: one request a tag), file:///folder of an nginx; separated by commas',
      secret: true, // a query may hold a key
    },
    (text) => (parsePurgeUrls(text), text),
  ),
  CDN_PURGE_METHOD: parsedSetting({ description: 'Method of these requests', default: 'PURGE' }, (text) => {
    if (/^[A-Z]{1,20}$/.test(text)) return text
    throw new Error('must be a method such as PURGE, POST or DELETE')
  }),
  CDN_PURGE_HEADER: parsedSetting({ description: 'Their header with the tags', default: 'xkey-purge' }, parseTagHeader),
  CDN_PURGE_TOKEN: textSetting({
    description: 'Lets them in: a bearer token, or a whole header such as Fastly-Key: …',
    secret: true,
  }),
  TOKEN_KEYS: parsedSetting(
    {
      description: 'id:secret[,id:secret…]: sign access tokens, the first signs, all verify; made once when not set',
      secret: true,
    },
    parseTokenKeys,
  ),
  BANYAN_SECRET: parsedSetting(
    { description: 'At least 32 characters: every other secret derives from it; made once when not set', secret: true },
    (text) => {
      if (text.length >= 32) return text
      throw new Error('must have at least 32 characters')
    },
  ),
  METRICS_TOKEN: textSetting({ description: 'Bearer token that lets another machine read /metrics', secret: true }),
  OTEL_EXPORTER_OTLP_ENDPOINT: parsedSetting(
    { description: 'OpenTelemetry collector that gets spans and metrics (OTLP over HTTP, JSON); none: nobody does' },
    parseCollectorEndpoint,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: parsedSetting(
    { description: 'Headers for the collector: name=value, several with commas', secret: true },
    parseCollectorHeaders,
  ),
  OTEL_BSP_SCHEDULE_DELAY: integerSetting('How long spans are gathered before they are sent, milliseconds', {
    fallback: 5_000,
    minimum: 1,
    maximum: 60_000,
  }),
  OTEL_METRIC_EXPORT_INTERVAL: integerSetting('How often metrics are sent to the collector, milliseconds', {
    fallback: 60_000,
    minimum: 1_000,
    maximum: 3_600_000,
  }),
  OTEL_TRACES_SAMPLER_ARG: parsedSetting(
    {
      description: 'Share of new traces recorded from their start, 0 to 1; failed and slow ones always are',
      default: '0.01',
    },
    parseShare,
  ),
  LOG_LEVEL: parsedSetting({ description: 'debug | info | warn | error | silent', default: 'info' }, parseLogLevel),
  BANYAN_FAULTS: parsedSetting(
    {
      description:
        'Fault points that act in this process, e.g. command.committed=exit#3;saga.step-before(checkout/charge)=delay:500; none in production',
    },
    (text) => (parseFaults(text), text),
  ),
  DRAIN_DELAY_MS: integerSetting('How long a stopping gateway still serves while it says that it is not ready', {
    fallback: 0,
    minimum: 0,
    maximum: 600_000,
  }),
}

function parseOwnAddress(text: string): string {
  try {
    parseWireAddress(text)
    return text
  } catch (cause) {
    throw new Error('must be tcp://host:port or unix:///path', { cause })
  }
}

function parseShare(text: string): number {
  const share = Number(text)
  if (text.trim() !== '' && share >= 0 && share <= 1) return share
  throw new Error('must be a number between 0 and 1')
}
