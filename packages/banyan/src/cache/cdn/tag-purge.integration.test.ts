import { systemClock } from '../../core/index.ts'
import { startTestNginx, startTestVarnish, tagPurgeSuite, type SharedCache } from '../../testing/index.ts'
import { openPurges } from './open-purges.ts'

function withPurge(cache: SharedCache) {
  const [purge] = openPurges({ urls: [cache.purgeUrl], clock: systemClock })
  return { cache, purge: purge! }
}

for (const purgeBy of ['xkey', 'bans'] as const) {
  tagPurgeSuite(`Varnish, ${purgeBy}`, async (origin) => withPurge(await startTestVarnish({ origin, purgeBy })))
}

tagPurgeSuite('nginx, whose files are removed', async (origin) => withPurge(await startTestNginx({ origin })))
